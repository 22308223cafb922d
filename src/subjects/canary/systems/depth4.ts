/** A number that passes to somebody else between the look and the kill. */
import type { Bench } from '../bench.ts'
import { defineSystem } from '../system.ts'

const NOBODY = 0
const JOB = 1
const OTHER = 2

const cells = { recorded: 0, first: NOBODY, second: NOBODY, killed: NOBODY }
type Name = keyof typeof cells
type Place = 'first' | 'second'
type Kill = (bench: Bench<Name>, place: Place) => Promise<void>

const onlyTheJob: Kill = (bench, place) =>
  bench.step('kill', [place, 'killed'], ({ read, write }) => {
    if (read(place) !== JOB) return
    write('killed', JOB)
    write(place, NOBODY)
  })

const whoeverHasIt: Kill = (bench, place) =>
  bench.step('kill', [place, 'killed'], ({ read, write }) => {
    write('killed', read(place))
    write(place, NOBODY)
  })

export const depth4 = defineSystem({
  name: 'depth-4',
  story: 'a job runs under the lowest free number, another one starts, a killer looks up the number of the first',
  mistake: 'depth 4: job forks < killer looks < job exits < other forks, under its number < killer kills',
  cells,
  sound: onlyTheJob,
  flawed: whoeverHasIt,
  tasks: (kill) => ({
    job: async (bench) => {
      await bench.step('fork', ['first', 'second', 'recorded'], ({ read, write }) => {
        const place = read('first') === NOBODY ? 'first' : 'second'
        write(place, JOB)
        write('recorded', place === 'first' ? 1 : 2)
      })
      await bench.step('exit', ['first', 'second', 'recorded'], ({ read, write }) => {
        for (const place of ['first', 'second'] as const) if (read(place) === JOB) write(place, NOBODY)
        write('recorded', 0)
      })
    },
    other: (bench) =>
      bench.step('fork', ['first', 'second'], ({ read, write }) =>
        write(read('first') === NOBODY ? 'first' : 'second', OTHER),
      ),
    killer: async (bench) => {
      const recorded = await bench.step('look', ['recorded'], ({ read }) => read('recorded'))
      if (recorded !== 0) await kill(bench, recorded === 1 ? 'first' : 'second')
    },
  }),
  crew: ['job', 'other', 'killer'],
  horizon: 25,
  rule: {
    name: 'VICTIM',
    story: 'nobody but the job is killed',
    holds: 'always',
    about: ['killed'],
    broken: (value) => (value('killed') === OTHER ? 'another one is killed instead of the job' : undefined),
  },
})
