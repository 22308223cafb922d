/** A machine whose clock and processes the test moves by hand, around a real database. Its periodic loops never turn. */
import type { Pid } from '../../src/model/ids.ts'
import {
  type Clock,
  ContainerError,
  type Containers,
  type Files,
  type Liveness,
  type Ports,
  type Processes,
  type ProcessIdentity,
} from '../../src/ports/index.ts'
import { HandDrivenFiles } from './handDrivenFiles.ts'
import { inline, type RealDatabase } from './realDatabase.ts'

export const server = { pid: 1 as Pid, startTime: 100, bootId: 'boot-1', pidNamespace: 'container-1' }

export interface HandDrivenMachine {
  readonly ports: Ports
  /** Wall and monotonic time move together; whoever slept till now wakes, the earliest first. */
  advance(ms: number): void
  /** What any probe of a process says from now on. */
  everyProcessIs(liveness: Liveness): void
}

export interface Given {
  readonly database: RealDatabase
  readonly nowMs: number
  /** What a launch comes to. */
  readonly spawn?: Processes['spawn']
  /** Another server than the usual one. */
  readonly self?: ReturnType<Processes['self']>
  /** What keeps the runs' directories, where it matters. */
  readonly disk?: Files
  /** What it does differently. */
  readonly files?: Partial<Files>
  /** Without one, nobody has an engine. */
  readonly containers?: Containers
}

interface Sleeper {
  readonly dueMs: number
  wake(): void
}

export function handDrivenMachine(given: Given): HandDrivenMachine {
  const { database, nowMs, spawn, self = server, files } = given
  const { disk = new HandDrivenFiles(), containers = noEngine } = given
  let passedMs = 0
  let sleepers: Sleeper[] = []
  let tokens = 0
  let liveness: Liveness = 'alive'
  const clock: Clock = {
    nowMs: () => nowMs + passedMs,
    monotonicMs: () => passedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ dueMs: passedMs + ms, wake: resolve })
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
    every: (_name, _periodMs, _round, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  }
  const processes: Processes = {
    self: () => self,
    spawn: spawn ?? (() => Promise.reject(new Error('nothing should be launched here'))),
    probe: async () => liveness,
    signalGroup: async () => 'gone',
    carrying: async () => [],
  }
  const random = { unit: () => 0.5, token: () => `token${++tokens}` }
  return {
    ports: {
      clock,
      random,
      processes,
      containers,
      files: Object.assign(Object.create(disk) as Files, files),
      database,
      pool: inline,
    },
    advance: (ms) => {
      passedMs += ms
      const due = sleepers.filter(({ dueMs }) => dueMs <= passedMs).toSorted((a, b) => a.dueMs - b.dueMs)
      sleepers = sleepers.filter(({ dueMs }) => dueMs > passedMs)
      for (const sleeper of due) sleeper.wake()
    },
    everyProcessIs: (now) => {
      liveness = now
    },
  }
}

const absent = () => Promise.reject(new ContainerError('unreachable', 'there is no engine here'))
const noEngine: Containers = {
  create: absent,
  start: absent,
  wait: absent,
  kill: absent,
  remove: absent,
  list: absent,
}

/** Resolves when nothing can go on before the test moves something. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** The process that a launch with this token started. */
export function processOf(token: string, pid: number): ProcessIdentity {
  return { ...server, pid: pid as Pid, startTime: 200 + pid, token }
}
