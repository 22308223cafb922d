/** Divergences that this test has found, each as short as it became, and mended since. They are compared first, always. */
import type { Settled } from '../family.ts'
import type { Op } from './operation.ts'

const YOUNGEST = -1
const namespace: Op = { op: 'open', initReaps: false, prelude: 0, pidMax: undefined }
const container: Op = { ...namespace, initReaps: true }
const fork = { op: 'spawn', ownGroup: false, uid: 0, exec: false } as const
const onChild = { op: 'disposition', signal: 'SIGCHLD', disposition: 'handled' } as const
const init = { at: 'member', nth: 0 } as const
const fromOutside = { op: 'kill', who: 0, aim: init, outside: true } as const

export const settled: readonly Settled<Op>[] = [
  {
    story: 'the death of a child sends SIGCHLD to a parent that handles it',
    ops: [
      namespace,
      { ...onChild, who: 0 },
      { ...fork, who: 0 },
      { op: 'exit', who: YOUNGEST, code: 0, evenInit: false },
    ],
  },
  {
    story: 'a stopped parent keeps the SIGCHLD of its children, as one, until it goes on',
    ops: [
      namespace,
      { ...fork, who: 0 },
      { ...onChild, who: YOUNGEST },
      { ...fork, who: YOUNGEST },
      { ...fork, who: 1 },
      { op: 'kill', who: 0, aim: { at: 'member', nth: 1 }, signal: 'SIGSTOP', outside: false },
      { op: 'exit', who: YOUNGEST, code: 0, evenInit: false },
      { op: 'exit', who: YOUNGEST, code: 0, evenInit: false },
      { op: 'kill', who: 0, aim: { at: 'member', nth: 1 }, signal: 'SIGCONT', outside: false },
    ],
  },
  {
    story: 'the init is sent SIGCHLD for a zombie that it adopts, too',
    ops: [
      namespace,
      { ...onChild, who: 0 },
      { ...fork, who: 0 },
      { ...fork, who: YOUNGEST },
      { op: 'exit', who: YOUNGEST, code: 0, evenInit: false },
      { op: 'exit', who: YOUNGEST, code: 0, evenInit: false },
    ],
  },
  {
    story: 'everybody may send SIGCONT within their session, to other users as well',
    ops: [
      namespace,
      { ...fork, who: 0, uid: 7 },
      { op: 'kill', who: YOUNGEST, aim: init, signal: 'SIGCONT', outside: false },
      { op: 'kill', who: YOUNGEST, aim: init, signal: 'SIGTERM', outside: false },
    ],
  },
  {
    story: 'an init that reaps does not do so while it is stopped, and does when it goes on',
    ops: [
      container,
      { ...fork, who: 0 },
      { ...fork, who: 0 },
      { ...fromOutside, signal: 'SIGSTOP' },
      { op: 'exit', who: YOUNGEST, code: 3, evenInit: false },
      { ...fromOutside, signal: 'SIGCONT' },
    ],
  },
  {
    story: 'zombies from before SIGCHLD was ignored stay, also when the init is stopped and goes on',
    ops: [
      namespace,
      { ...fork, who: 0 },
      { op: 'exit', who: YOUNGEST, code: 0, evenInit: false },
      { ...onChild, who: 0, disposition: 'ignored' },
      { ...fork, who: 0 },
      { ...fromOutside, signal: 'SIGSTOP' },
      { ...fromOutside, signal: 'SIGCONT' },
    ],
  },
  {
    story: 'of several that die at once, each still ties its group to the session until it has left itself',
    ops: [
      namespace,
      { ...fork, who: 0 },
      { ...fork, who: YOUNGEST },
      { op: 'setpgid', who: YOUNGEST, aim: { at: 'own group', nth: 0 } },
      { ...fork, who: YOUNGEST },
      { op: 'kill', who: 0, aim: { at: 'member', nth: YOUNGEST }, signal: 'SIGSTOP', outside: false },
      { op: 'kill', who: 0, aim: { at: 'all', nth: 0 }, signal: 'SIGHUP', outside: false },
    ],
  },
]
