/**
 * What is easily got wrong, or not reached by chance every time, each as short as it can be: compared first, always.
 * Divergences that are found belong here, too.
 */
import type { Settled } from '../family.ts'
import type { Call, Kind, Op, Whom } from './operation.ts'

const whom: Whom = { by: 'name', nth: 0 }
const start: Call = { call: 'start', whom }
const stop: Call = { call: 'stop', whom }
const remove: Call = { call: 'remove', whom }
const removeByForce: Call = { call: 'remove by force', whom }
const kill: Call = { call: 'kill', whom, signal: 'KILL' }

const create = (kind: Kind, nth = 0): Call => ({ call: 'create', whom: { by: 'name', nth }, kind, flaw: 'none' })
const one = (...calls: Call[]): Op[] => calls.map((call) => ({ op: 'calls', track: 0, calls: [call] }))
const together = (...calls: Call[]): Op => ({ op: 'calls', track: 0, calls })
const wait = (condition: 'not-running' | 'next-exit' | 'removed'): Op => ({ op: 'wait', track: 0, whom, condition })
const waits: readonly Op[] = [wait('not-running'), wait('next-exit'), wait('removed')]

export const settled: readonly Settled<Op>[] = [
  {
    story: 'of three that create or start at once one does it, and those that looked in time are answered alike',
    ops: [together(create('deaf'), create('deaf'), create('deaf')), together(start, start, start)],
  },
  {
    story: 'while a removal is under way the name is taken, and nobody else may remove it',
    ops: [
      ...one(create('deaf'), start),
      { op: 'held', track: 0, first: 'remove by force', meanwhile: [create('deaf'), remove, removeByForce] },
      ...one(create('deaf')),
    ],
  },
  {
    story: 'a second removal that has found the container in time is answered like the first',
    ops: [
      ...one(create('deaf')),
      together(remove, remove, remove),
      ...one(create('deaf')),
      together(remove, removeByForce),
    ],
  },
  {
    story: 'a removal by force ends a stop, and a stop is not disturbed by a start',
    ops: [
      ...one(create('deaf'), start),
      { op: 'held', track: 0, first: 'stop', meanwhile: [start, remove, removeByForce] },
    ],
  },
  {
    story: 'two that kill at once are both answered when it has ended',
    ops: [...one(create('deaf'), start), { op: 'held', track: 0, first: 'kill', meanwhile: [kill] }],
  },
  {
    story: 'of all who wait for what was never started, one is told at once and the others of the removal',
    ops: [...one(create('deaf')), ...waits, ...one(remove)],
  },
  {
    story: 'a start that fails ends no wait, and its code is told to the next',
    ops: [...one(create('missing')), wait('next-exit'), ...one(start), wait('not-running')],
  },
  {
    story: 'a daemon that ends by SIGTERM asks its containers first, and who waits is told',
    ops: [
      ...one(create('trap'), start),
      ...waits,
      { op: 'restart', how: 'term', isFinishing: false },
      ...one(start, stop),
    ],
  },
  {
    story: 'what ends while there is no daemon keeps its code, and nobody who waited is told',
    ops: [
      ...one(create('deaf'), start),
      ...waits,
      { op: 'restart', how: 'kill', isFinishing: true },
      wait('not-running'),
      ...one(start),
    ],
  },
  {
    story: 'a daemon that rises ends what it finds running',
    ops: [...one(create('trap'), start), { op: 'restart', how: 'kill', isFinishing: false }],
  },
]
