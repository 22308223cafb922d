/** A cancel that comes after the last look and before the last write. */
import fc from 'fast-check'
import { defineSystem, type Work } from '../system.ts'

const STEPS = 25

const cells = { cancelled: 0, progress: 0, done: 0 }
type Finish = Work<keyof typeof cells>

const unlessCancelled: Finish = (bench) =>
  bench.step('finish', ['cancelled', 'done'], ({ read, write }) => {
    if (read('cancelled') === 0) write('done', 1)
  })

const regardless: Finish = (bench) => bench.step('finish', ['done'], ({ write }) => write('done', 1))

export const lateCancel = defineSystem({
  name: 'late-cancel',
  story: `a job of ${STEPS} steps looks at each whether it is cancelled; the cancel comes at any time`,
  mistake: `depth 2, in a narrow place: the ${STEPS}th look < cancel < finish, the very next step`,
  cells,
  sound: unlessCancelled,
  flawed: regardless,
  tasks: (finish) => ({
    job: async (bench) => {
      for (let n = 0; n < STEPS; n++) {
        const goesOn = await bench.step('work', ['cancelled', 'progress'], ({ read, add }) => {
          if (read('cancelled') === 1) return false
          add('progress', 1)
          return true
        })
        if (!goesOn) return
      }
      await finish(bench)
    },
    canceller: (bench) =>
      bench.step('cancel', ['cancelled', 'done'], ({ read, write }) => {
        if (read('done') === 0) write('cancelled', 1)
      }),
  }),
  crew: ['job', 'canceller'],
  arrivals: {
    canceller: fc.oneof(
      fc.constant({ ms: 0 }),
      fc.record({ ms: fc.integer({ min: 0, max: 15 }) }),
      fc.record({ progress: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100) }),
    ),
  },
  horizon: 70,
  rule: {
    name: 'DONE',
    story: 'a job whose cancel was accepted does not get done',
    holds: 'always',
    about: ['cancelled', 'done'],
    broken: (value) =>
      value('cancelled') === 1 && value('done') === 1 ? 'the job is done although it is cancelled' : undefined,
  },
})
