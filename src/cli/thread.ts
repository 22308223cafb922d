/** Work in a thread of its own: the main thread stays awake for progress and Ctrl-C. */
import { Worker } from 'node:worker_threads'
import type { Choices, Scenario } from '../report/index.ts'
import { loadedPaths } from './loading.ts'
import type { Plan } from './plan.ts'
import type { Rehearsal } from './rehearsal.ts'
import type { Address } from './target.ts'

/** Shared between threads, as 32-bit integers: whether to stop, the last index that matters, the next place to be played. */
export const STOP = 0
export const LAST = 1
export const NEXT = 2
const FLAGS = 3
export type Flags = Int32Array<SharedArrayBuffer>

export type Task =
  | { readonly kind: 'play'; readonly plan: Plan; readonly flags: Flags }
  | { readonly kind: 'shrink'; readonly shrink: ShrinkTask; readonly flags: Flags }
  | { readonly kind: 'rehearse'; readonly rehearsal: Rehearsal }
  | { readonly kind: 'burn'; readonly flags: Flags }

export interface ShrinkTask {
  readonly address: Address
  readonly scenario: Scenario
  readonly choices: Choices
  readonly invariant: string
  readonly msMax: number
  /** How long to ask when it became inevitable; 0: not at all. */
  readonly hindsightMs: number
}

/** What a thread begins with. */
export interface Given {
  readonly task: Task
  /** Subjects that are no part of this tool, by path. */
  readonly modules: readonly string[]
}

export type Message = { readonly note: unknown } | { readonly done: unknown }

const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

export function newFlags(): Flags {
  return new Int32Array(new SharedArrayBuffer(4 * FLAGS)).fill(0x7fffffff, LAST, LAST + 1)
}

/** Resolves with what the task came to; its notes arrive meanwhile. */
export function inThread<Done, Note = never>(
  task: Task,
  onNote: (note: Note) => void = () => undefined,
): Promise<Done> {
  return new Promise((resolve, reject) => {
    const given: Given = { task, modules: loadedPaths() }
    const worker = new Worker(file, { workerData: given })
    worker.on('message', (message: Message) => {
      if ('note' in message) onNote(message.note as Note)
      else resolve(message.done as Done)
    })
    worker.on('error', reject)
    worker.on('exit', (code) => reject(new Error(`a worker thread ended without a result (code ${code})`)))
  })
}
