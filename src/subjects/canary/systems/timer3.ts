/** A lock that lapses, and an owner that goes on. */
import type { Bench } from '../bench.ts'
import { defineSystem, type Work } from '../system.ts'

const FREE = 0
const FIRST = 1
const SECOND = 2
const LAPSE_MS = 5
const PATIENCE_MS = 6

const cells = { lock: FREE, writer: 0 }
type Name = keyof typeof cells
type Write = Work<Name>

const ifMine: Write = (bench) =>
  bench.step('write', ['lock', 'writer'], ({ read, write }) => {
    if (read('lock') === FIRST) write('writer', FIRST)
  })

const anyway: Write = (bench) => bench.step('write', ['writer'], ({ write }) => write('writer', FIRST))

function take(bench: Bench<Name>, client: number): Promise<boolean> {
  return bench.step('take', ['lock', 'writer'], ({ read, write }) => {
    if (read('lock') !== FREE) return false
    write('lock', client)
    write('writer', 0)
    return true
  })
}

function free(bench: Bench<Name>, step: string, client: number): Promise<void> {
  return bench.step(step, ['lock'], ({ read, write }) => {
    if (read('lock') === client) write('lock', FREE)
  })
}

export const timer3 = defineSystem({
  name: 'timer-3',
  story: 'two clients write under a lock that lapses after 5 ms',
  mistake: 'depth 3, with two timers: the lock lapses < second takes it < first writes < second gives it back',
  cells,
  sound: ifMine,
  flawed: anyway,
  tasks: (write) => ({
    first: async (bench) => {
      if (!(await take(bench, FIRST))) return
      await write(bench)
      await free(bench, 'give-back', FIRST)
    },
    clock: async (bench) => {
      await bench.sleep(LAPSE_MS)
      await free(bench, 'lapse', FIRST)
    },
    second: async (bench) => {
      await bench.sleep(PATIENCE_MS)
      if (!(await take(bench, SECOND))) return
      await bench.walk(1)
      await free(bench, 'give-back', SECOND)
    },
  }),
  crew: ['first', 'clock', 'second'],
  horizon: 30,
  rule: {
    name: 'LOCK',
    story: 'nobody writes under the lock of another',
    holds: 'always',
    about: ['lock', 'writer'],
    broken: (value) =>
      value('lock') === SECOND && value('writer') === FIRST
        ? 'the first writes under the lock of the second'
        : undefined,
  },
})
