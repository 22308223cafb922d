/** What a thread does with the task it was given. */
import './armed.ts'
import { parentPort, workerData } from 'node:worker_threads'
import { explain, fromMacrotask, hasBroken, hindsightOf, inevitability, shrink } from '../explore/index.ts'
import { Novelty } from './discovery.ts'
import { loadSubject } from './loading.ts'
import { isSought, type Plan, partOf, play, sizeOf } from './plan.ts'
import { rehearse } from './rehearsal.ts'
import type { Outcome } from './tally.ts'
import { targetOf } from './target.ts'
import { type Flags, type Given, LAST, type Message, NEXT, type ShrinkTask, STOP } from './thread.ts'

const NOTE_MS = 100
const CHUNK = 16

function send(message: Message): void {
  parentPort!.postMessage(message)
}

/** Scenarios behind the first failure do not count, so nobody need play them. */
function lower(flags: Flags, index: number): void {
  for (let last = Atomics.load(flags, LAST); index < last; last = Atomics.load(flags, LAST))
    Atomics.compareExchange(flags, LAST, last, index)
}

/** Takes chunk after chunk of the plan, until the threads together have taken all: none waits long for the slowest. */
async function playPart(plan: Plan, flags: Flags): Promise<void> {
  const novelty = new Novelty()
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
  const isOver = (next: number) => Atomics.load(flags, STOP) !== 0 || next > Atomics.load(flags, LAST)
  const take = () => Atomics.add(flags, NEXT, CHUNK)
  for (let at = take(); at >= 0 && at < sizeOf(plan) && !isOver(plan.first + plan.stride * at); at = take())
    await play(partOf(plan, at, CHUNK), keep, isOver, (behaviours) => novelty.fresh(behaviours))
  flush()
}

function shrinkFailure({ address, scenario, choices, invariant, msMax, hindsightMs }: ShrinkTask, flags: Flags) {
  let endMs = performance.now() + msMax
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
  const { played } = targetOf(address.subject, address.defect)
  const { run, ...shrunk } = shrink(played, scenario, choices, invariant, stop)
  const { scenario: small } = shrunk
  const explanation = explain(played, small, shrunk.choices, invariant, stop)
  const left = explanation.choices ?? shrunk.choices
  endMs = performance.now() + hindsightMs
  // What is not deterministic may break nothing any more: whoever tells it will see that.
  const isAsked = hindsightMs > 0 && hasBroken(run, invariant)
  const hindsight = isAsked ? hindsightOf(inevitability(played, small, left, invariant, { stop })) : undefined
  return { ...shrunk, choices: left, explanation, hindsight }
}

function burn(flags: Flags): void {
  while (Atomics.load(flags, STOP) === 0) Math.hypot(...Array.from({ length: 1_000 }, (_, n) => n))
}

const { task, modules } = workerData as Given
for (const path of modules) await loadSubject(path)
switch (task.kind) {
  case 'play':
    await playPart(task.plan, task.flags)
    send({ done: undefined })
    break
  case 'shrink':
    send({ done: await fromMacrotask(() => shrinkFailure(task.shrink, task.flags)) })
    break
  case 'rehearse':
    send({ done: await rehearse(task.rehearsal) })
    break
  case 'burn':
    burn(task.flags)
    send({ done: undefined })
}
