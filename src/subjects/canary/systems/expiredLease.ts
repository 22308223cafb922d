/** An owner that is late, and writes under a lease that has passed to another. */
import { defineSystem, type Work } from '../system.ts'

const NOBODY = 0
const OWNER = 1
const HEIR = 2
/** Far longer than the work takes unless something stalls. */
const LEASE_MS = 1_000
const WORK_MS = 100
const PATIENCE_MS = 1_500

const cells = { holder: NOBODY, untilMs: 0, result: NOBODY }
type Finish = Work<keyof typeof cells>

const ifMine: Finish = (bench) =>
  bench.step('finish', ['holder', 'result'], ({ read, write }) => {
    if (read('holder') === OWNER) write('result', OWNER)
  })

const anyway: Finish = (bench) => bench.step('finish', ['result'], ({ write }) => write('result', OWNER))

export const expiredLease = defineSystem({
  name: 'expired-lease',
  story: 'an owner works under a lease, an heir takes over when it has expired; timers are late, steps stall',
  mistake: 'depth 1, with a fault: the owner lives and is so late that the heir takes over < owner finishes',
  cells,
  sound: ifMine,
  flawed: anyway,
  tasks: (finish) => ({
    owner: async (bench) => {
      const mine = await bench.step('take', ['holder', 'untilMs'], ({ read, write }) => {
        if (read('holder') !== NOBODY) return false
        write('holder', OWNER)
        write('untilMs', bench.nowMs() + LEASE_MS)
        return true
      })
      if (!mine) return
      await bench.sleep(WORK_MS)
      await finish(bench)
    },
    heir: async (bench) => {
      await bench.sleep(PATIENCE_MS)
      const mine = await bench.step('take-over', ['holder', 'untilMs', 'result'], ({ read, write }) => {
        if (read('result') !== NOBODY || read('untilMs') > bench.nowMs()) return false
        write('holder', HEIR)
        return true
      })
      if (mine) await bench.step('finish', ['result'], ({ write }) => write('result', HEIR))
    },
  }),
  crew: ['owner', 'heir'],
  faults: ['stall', 'timerLate'],
  horizon: 25,
  rule: {
    name: 'LEASE',
    story: 'a result is written by whoever holds the lease',
    holds: 'always',
    about: ['holder', 'result'],
    broken: (value) =>
      value('result') === OWNER && value('holder') === HEIR
        ? 'the owner wrote the result after the heir had taken over'
        : undefined,
  },
})
