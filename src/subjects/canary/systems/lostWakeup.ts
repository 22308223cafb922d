/** Somebody goes to sleep who should have been woken. */
import type { Bench } from '../bench.ts'
import { defineSystem, type Work } from '../system.ts'

const cells = { item: 0, asleep: 0, handled: 0 }
type Name = keyof typeof cells
/** Says whether the consumer sleeps now. */
type Sleep = (bench: Bench<Name>) => Promise<boolean>

const unlessSomethingCame: Sleep = (bench) =>
  bench.step('sleep', ['item', 'asleep'], ({ read, write }) => {
    if (read('item') === 1) return false
    write('asleep', 1)
    return true
  })

const sinceThereWasNothing: Sleep = (bench) =>
  bench.step('sleep', ['asleep'], ({ write }) => {
    write('asleep', 1)
    return true
  })

const handle: Work<Name> = (bench) =>
  bench.step('handle', ['item', 'handled'], ({ read, write }) => {
    if (read('item') === 0) return
    write('item', 0)
    write('handled', 1)
  })

export const lostWakeup = defineSystem({
  name: 'lost-wakeup',
  story: 'a consumer sleeps when there is nothing, a producer brings something and wakes it',
  mistake: 'depth 2, a strand: look < put; wake < sleep, and the sleeper does not look again',
  cells,
  sound: unlessSomethingCame,
  flawed: sinceThereWasNothing,
  tasks: (sleep) => ({
    consumer: async (bench) => {
      const isThere = await bench.step('look', ['item'], ({ read }) => read('item') === 1)
      if (isThere || !(await sleep(bench))) await handle(bench)
    },
    producer: async (bench) => {
      await bench.walk(1)
      await bench.step('put', ['item'], ({ write }) => write('item', 1))
      const wasAsleep = await bench.step('wake', ['asleep'], ({ read, write }) => {
        if (read('asleep') === 0) return false
        write('asleep', 0)
        return true
      })
      // The one who was woken, on the legs of the one who woke it.
      if (wasAsleep) await handle(bench)
    },
  }),
  crew: ['consumer', 'producer'],
  horizon: 25,
  rule: {
    name: 'STRAND',
    story: 'what was brought is handled',
    holds: 'at the end',
    about: ['item', 'asleep'],
    broken: (value) =>
      value('item') === 1 && value('asleep') === 1 ? 'there is an item, and the consumer sleeps' : undefined,
  },
})
