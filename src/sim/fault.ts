/**
 * The catalogue of what a machine may do to a system. A profile says which faults a run has and at what rate; each strike
 * is a choice under the key of the operation that it hits. Value 0 is always: nothing happens.
 */
import { type Label, label } from './hash.ts'

export interface Fault {
  readonly name: string
  /** Where it may strike: once per operation, statement, spawn, timer, exit notice, removal, request to the engine. */
  readonly site: 'operation' | 'statement' | 'spawn' | 'timer' | 'exit' | 'removal' | 'container'
  /** Rates per site are drawn log-uniform between these. */
  readonly rates: readonly [low: number, high: number]
  /** Of faults that delay or displace: how far, in milliseconds, log-uniform. */
  readonly ms: readonly [low: number, high: number]
  readonly story: string
  readonly purpose: Label
}

function fault(
  name: string,
  site: Fault['site'],
  rates: Fault['rates'],
  story: string,
  ms: Fault['ms'] = [0, 0],
): Fault {
  return { name, site, rates, ms, story, purpose: label(name) }
}

export const faults = {
  crash: fault('crash', 'operation', [0.001, 0.02], 'the server dies between two steps'),
  crashInStatement: fault('crashInStatement', 'statement', [0.001, 0.02], 'the server dies inside a database effect'),
  stall: fault('stall', 'operation', [0.002, 0.05], 'an operation takes very long', [10, 60_000]),
  pause: fault(
    'pause',
    'operation',
    [0.001, 0.01],
    'the whole server stands still (SIGSTOP, a suspended machine)',
    [100, 60_000],
  ),
  timerLate: fault('timerLate', 'timer', [0.01, 0.3], 'a timer fires late', [1, 5_000]),
  wallStep: fault('wallStep', 'timer', [0.002, 0.05], 'the wall clock is set, forwards or backwards', [100, 7_200_000]),
  busy: fault('busy', 'statement', [0.005, 0.1], 'a statement fails with SQLITE_BUSY'),
  full: fault('full', 'statement', [0.002, 0.05], 'the disk is full, the transaction is rolled back'),
  ioError: fault('ioError', 'statement', [0.002, 0.05], 'the disk fails, the transaction is rolled back'),
  spawnStall: fault('spawnStall', 'spawn', [0.05, 0.5], 'a spawn hangs', [1_000, 7_200_000]),
  spawnFail: fault('spawnFail', 'spawn', [0.02, 0.3], 'a spawn fails before the process exists (EIO)'),
  spawnFailLate: fault('spawnFailLate', 'spawn', [0.02, 0.3], 'a spawn reports failure although the process runs'),
  exitLate: fault('exitLate', 'exit', [0.05, 0.5], 'the notice of an exit arrives late', [10, 60_000]),
  exitLost: fault('exitLost', 'exit', [0.05, 0.5], 'the notice of an exit never arrives'),
  removeFail: fault('removeFail', 'removal', [0.05, 0.5], "a run's directory cannot be removed (EBUSY)"),
  startStall: fault('startStall', 'container', [0.05, 0.4], 'the start of a container hangs', [1_000, 600_000]),
  startFail: fault('startFail', 'container', [0.02, 0.3], 'the engine fails to start a container'),
  answerLost: fault('answerLost', 'container', [0.02, 0.3], 'the engine does what it is asked, and its answer is lost'),
  killLate: fault('killLate', 'container', [0.05, 0.5], 'a signal reaches a container late', [10, 60_000]),
  killLost: fault('killLost', 'container', [0.2, 0.8], 'a signal never reaches its container'),
  containerStays: fault('containerStays', 'container', [0.05, 0.5], 'the engine fails to remove a container'),
} as const

export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as FaultName[]
