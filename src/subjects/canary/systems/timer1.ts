/** A job that finishes although it has been given up. */
import { defineSystem, type Work } from '../system.ts'

const TIMEOUT_MS = 5

const cells = { finished: 0, expired: 0 }
type Finish = Work<keyof typeof cells>

const unlessExpired: Finish = (bench) =>
  bench.step('finish', ['finished', 'expired'], ({ read, write }) => {
    if (read('expired') === 0) write('finished', 1)
  })

const regardless: Finish = (bench) => bench.step('finish', ['finished'], ({ write }) => write('finished', 1))

export const timer1 = defineSystem({
  name: 'timer-1',
  story: 'a job has 5 ms to finish',
  mistake: 'depth 1, with a timer: the timeout, which must overtake a pending step < finish',
  cells,
  sound: unlessExpired,
  flawed: regardless,
  tasks: (finish) => ({
    job: finish,
    watchdog: async (bench) => {
      await bench.sleep(TIMEOUT_MS)
      await bench.step('expire', ['finished', 'expired'], ({ read, write }) => {
        if (read('finished') === 0) write('expired', 1)
      })
    },
  }),
  crew: ['job', 'watchdog'],
  horizon: 20,
  rule: {
    name: 'FINAL',
    story: 'a job that has expired does not finish',
    holds: 'always',
    about: ['finished', 'expired'],
    broken: (value) =>
      value('finished') === 1 && value('expired') === 1 ? 'the job has expired and is finished' : undefined,
  },
})
