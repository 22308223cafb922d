/**
 * The explorer's own test subject: small, right as it is, and wrong in known ways. What the explorer says of itself is
 * measured on it.
 */
import { type Defect, defineSubject, type Subject, type View } from '../../explore/index.ts'
import type { Change } from '../../sim/index.ts'
import { defects } from './defects.ts'
import { families, type Submit } from './families.ts'
import { invariants, situations, unfinished } from './invariants.ts'
import { HEARTBEAT_MS, type Item, prepare } from './schema.ts'
import { finish, release } from './store.ts'
import { type Parts, poll, tolerate, Workshop } from './workshop.ts'

const sound: Parts = { waiting: poll, finish, release }

function workshopWith(parts: Parts, known?: Readonly<Record<string, Defect<Submit>>>): Subject<Submit> {
  return defineSubject<Submit>({
    name: 'toy',
    families,
    imageKey: 'toy',
    prepare,
    schema: {
      references: [],
      owned: [{ table: 'items', fence: 'fence', renewed: (before, after) => before.fence !== after.fence }],
      live: (_table, row) => row.status === 'held',
    },
    boot: async (stage) => {
      const { ports, signal } = stage.life
      const workshop = new Workshop(ports, parts, ({ id, fence }, work) =>
        stage.owning('items', id, fence, 'work', work),
      )
      workshop.open(signal)
      return {
        carry: (command, id) => workshop.submit(id, command).catch(tolerate),
        stop: () => workshop.closed(),
      }
    },
    program: ([name, ms]) => {
      if (name !== 'work') return undefined
      return { runMs: Number(ms), exit: { code: 0, signal: null }, readyMs: 0, onTerm: 'dies' }
    },
    invariants,
    sometimes: situations,
    unfinished,
    due: nextDueMs,
    idle: isHeartbeat,
    settleRounds: () => 2,
    describe,
    ...(known === undefined ? {} : { defects: known }),
  })
}

/** Within two heartbeats of the end of a lease nothing may be skipped: its owner may still renew it. */
function nextDueMs(view: View, afterMs: number): number | undefined {
  let next: number | undefined
  for (const [, { status, lease_ms: leaseMs }] of view.rows('items')) {
    if (status !== 'held' || Number(leaseMs) <= afterMs) continue
    const dueMs = Math.max(Number(leaseMs) - 2 * HEARTBEAT_MS, afterMs + 1)
    if (next === undefined || dueMs < next) next = dueMs
  }
  return next
}

function isHeartbeat({ table, before, after }: Change): boolean {
  return table === 'items' && before?.fence !== null && before?.fence === after?.fence
}

function describe({ table, id, before, after }: Change): { about: string[]; text: string } | undefined {
  const about = [`${table}:${id}`]
  if (after === undefined) return undefined
  if (table === 'slots') {
    const text = after.holder === null ? `slot ${id} is free` : `slot ${id} is taken`
    return { about, text }
  }
  if (table === 'account') return { about, text: `the account holds ${after.total}` }
  if (table === 'receipts')
    return { about: [...about, `items:${after.item}`], text: `a receipt for item ${after.item}` }
  const item = after as Item
  if (before === undefined) return { about, text: `item ${id} of ${item.name} arrives, worth ${item.amount}` }
  if (item.status === 'held' && before.fence === item.fence) return undefined
  if (item.status === 'held')
    return { about: [...about, `slots:${item.slot}`], text: `item ${id} is taken into slot ${item.slot}` }
  if (item.status === 'waiting') return { about, text: `item ${id} waits again: its lease has expired` }
  return { about, text: before.status === 'done' ? `item ${id} is done once more` : `item ${id} is done` }
}

export const toy = workshopWith(sound, defects(sound, workshopWith))
