/** A machine whose clock and processes the test moves by hand, around a real database. Its periodic loops never turn. */
import type { Pid } from '../../src/model/ids.ts'
import type { Clock, Files, Liveness, Ports, Processes, ProcessIdentity } from '../../src/ports/index.ts'
import { inline, type RealDatabase } from './realDatabase.ts'

export const server = { pid: 1 as Pid, startTime: 100, bootId: 'boot-1', pidNamespace: 'container-1' }

export interface HandDrivenMachine {
  readonly ports: Ports
  /** Wall and monotonic time move together. */
  advance(ms: number): void
  /** What any probe of a process says from now on. */
  everyProcessIs(liveness: Liveness): void
}

export interface Given {
  readonly database: RealDatabase
  readonly nowMs: number
  /** What a launch comes to. */
  readonly spawn?: Processes['spawn']
}

export function handDrivenMachine({ database, nowMs, spawn }: Given): HandDrivenMachine {
  let passedMs = 0
  let tokens = 0
  let liveness: Liveness = 'alive'
  const clock: Clock = {
    nowMs: () => nowMs + passedMs,
    monotonicMs: () => passedMs,
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    every: (_name, _periodMs, _round, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  }
  const processes: Processes = {
    self: () => server,
    spawn: spawn ?? (() => Promise.reject(new Error('nothing should be launched here'))),
    probe: async () => liveness,
    signalGroup: async () => 'gone',
    carrying: async () => [],
  }
  const files: Files = { freeBytes: () => Number.MAX_SAFE_INTEGER, removeRun: async () => undefined }
  const random = { unit: () => 0.5, token: () => `token${++tokens}` }
  return {
    ports: { clock, random, processes, files, database, pool: inline },
    advance: (ms) => {
      passedMs += ms
    },
    everyProcessIs: (now) => {
      liveness = now
    },
  }
}

/** The process that a launch with this token started. */
export function processOf(token: string, pid: number): ProcessIdentity {
  return { ...server, pid: pid as Pid, startTime: 200 + pid, token }
}
