/** What a thread does with the task it was given. */
import { parentPort, workerData } from 'node:worker_threads'
import { fromMacrotask, shrink } from '../explore/index.ts'
import { hashOf } from './hashOf.ts'
import { isSought, type Plan, play } from './plan.ts'
import type { Outcome } from './tally.ts'
import { targetOf } from './target.ts'
import { type Flags, LAST, type Message, type ShrinkTask, STOP, type Task } from './thread.ts'

const NOTE_MS = 100

function send(message: Message): void {
  parentPort!.postMessage(message)
}

/** Scenarios behind the first failure do not count, so nobody need play them. */
function lower(flags: Flags, index: number): void {
  for (let last = Atomics.load(flags, LAST); index < last; last = Atomics.load(flags, LAST))
    Atomics.compareExchange(flags, LAST, last, index)
}

async function playPart(plan: Plan, flags: Flags): Promise<void> {
  let batch: Outcome[] = []
  let sent = performance.now()
  const flush = () => {
    if (batch.length > 0) send({ note: batch })
    batch = []
    sent = performance.now()
  }
  const keep = (outcome: Outcome) => {
    batch.push(outcome)
    if (isSought(plan, outcome)) lower(flags, outcome.index)
    if (performance.now() - sent > NOTE_MS) flush()
  }
  await play(plan, keep, (next) => Atomics.load(flags, STOP) !== 0 || next > Atomics.load(flags, LAST))
  flush()
}

function shrinkFailure({ address, scenario, choices, invariant, msMax }: ShrinkTask, flags: Flags) {
  const endMs = performance.now() + msMax
  let tried = 0
  let sent = performance.now()
  const stop = () => {
    const now = performance.now()
    tried++
    if (now - sent > NOTE_MS) {
      send({ note: tried })
      sent = now
    }
    return now > endMs || Atomics.load(flags, STOP) !== 0
  }
  const shrunk = shrink(targetOf(address.subject, address.defect).played, scenario, choices, invariant, stop)
  return { scenario: shrunk.scenario, choices: shrunk.choices, runs: shrunk.runs }
}

function burn(flags: Flags): void {
  while (Atomics.load(flags, STOP) === 0) Math.hypot(...Array.from({ length: 1_000 }, (_, n) => n))
}

const task = workerData as Task
switch (task.kind) {
  case 'play':
    await playPart(task.plan, task.flags)
    send({ done: undefined })
    break
  case 'shrink':
    send({ done: await fromMacrotask(() => shrinkFailure(task.shrink, task.flags)) })
    break
  case 'hash':
    send({ done: await hashOf(task.plan) })
    break
  case 'burn':
    burn(task.flags)
    send({ done: undefined })
}
