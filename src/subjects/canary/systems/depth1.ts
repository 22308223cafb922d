/** A start that comes after its cancel. */
import { defineSystem, type Work } from '../system.ts'

const cells = { cancelled: 0, running: 0 }
type Start = Work<keyof typeof cells>

const unlessCancelled: Start = (bench) =>
  bench.step('start', ['cancelled', 'running'], ({ read, write }) => {
    if (read('cancelled') === 0) write('running', 1)
  })

const regardless: Start = (bench) => bench.step('start', ['running'], ({ write }) => write('running', 1))

export const depth1 = defineSystem({
  name: 'depth-1',
  story: 'a job is started and cancelled',
  mistake: 'depth 1: cancel < start, and the start does not look',
  cells,
  sound: unlessCancelled,
  flawed: regardless,
  tasks: (start) => ({
    job: start,
    canceller: async (bench) => {
      await bench.walk(1)
      await bench.step('cancel', ['cancelled', 'running'], ({ write }) => {
        write('cancelled', 1)
        write('running', 0)
      })
    },
  }),
  crew: ['job', 'canceller'],
  horizon: 20,
  rule: {
    name: 'CANCELLED',
    story: 'a job that is cancelled does not run',
    holds: 'always',
    about: ['cancelled', 'running'],
    broken: (value) =>
      value('cancelled') === 1 && value('running') === 1 ? 'a job runs although it is cancelled' : undefined,
  },
})
