/** What must hold in the workshop. */
import type { Invariant, Situation, Unfinished, View } from '../../explore/index.ts'
import type { Item } from './schema.ts'

/** An item and the command that brought it. */
function aboutItem(view: View, id: number): string[] {
  return [`items:${id}`, `command:${view.row('items', id)?.name}`]
}

/** The account holds what the done items are worth: one that was updated from a stale reading loses a payment. */
const total: Invariant = {
  name: 'TOTAL',
  kind: 'safety',
  story: 'the account holds exactly what all done items are worth',
  begin: (view) => {
    let worth = 0
    /** The items that were done last: of one of them the payment may be lost. */
    let last: number[] = []
    const check = () => {
      const held = view.row('account', 1)?.total
      if (held === worth) return undefined
      const about = ['account:1', ...last.flatMap((id) => aboutItem(view, id))]
      return { text: `the account holds ${held}, the done items are worth ${worth}`, about }
    }
    return {
      changed: ({ table, id, before, after }) => {
        if (table === 'items' && before?.status !== 'done' && after?.status === 'done') {
          worth += (after as Item).amount
          last = [...last.slice(-1), id]
        }
        return table === 'account' ? check() : undefined
      },
      settled: check,
    }
  },
}

const receipt: Invariant = {
  name: 'RECEIPT',
  kind: 'safety',
  story: 'every done item has a receipt',
  begin: (view) => ({
    settled: () => {
      const receipted = new Set([...view.rows('receipts')].map(([, { item }]) => item))
      for (const [id, { status }] of view.rows('items'))
        if (status === 'done' && !receipted.has(id))
          return { text: `item ${id} is done and has no receipt`, about: aboutItem(view, id) }
      return undefined
    },
  }),
}

const once: Invariant = {
  name: 'ONCE',
  kind: 'safety',
  story: 'no item is paid for twice',
  begin: (view) => {
    const receipted = new Set<unknown>()
    return {
      changed: ({ table, before, after }) => {
        if (table !== 'receipts' || before !== undefined || after === undefined) return undefined
        const { item } = after
        if (receipted.has(item))
          return { text: `item ${item} has a second receipt`, about: aboutItem(view, Number(item)) }
        receipted.add(item)
        return undefined
      },
    }
  },
}

const slot: Invariant = {
  name: 'SLOT',
  kind: 'safety',
  story: 'a slot holds one item at a time',
  begin: (view) => {
    const expired = new Set<number>()
    /** Slot → the items that it held last, the latest at the end. */
    const held = new Map<unknown, number[]>()
    return {
      changed: ({ table, id, before, after }) => {
        if (table !== 'items') return undefined
        if (before?.status === 'held' && after?.status === 'waiting') {
          expired.add(id)
          view.reached('a lease expired')
        }
        if (before?.status === 'held' && after?.status === 'done' && expired.has(id))
          view.reached('done at a second try')
        if (before?.status === 'held' || after?.status !== 'held') return undefined
        const last = [...(held.get(after.slot) ?? []).slice(-2), id]
        held.set(after.slot, last)
        for (const [other, row] of view.rows('items')) {
          if (other === id || row.status !== 'held' || row.slot !== after.slot) continue
          const about = [`slots:${row.slot}`, ...last.flatMap((item) => aboutItem(view, item))]
          return { text: `items ${other} and ${id} are both in slot ${row.slot}`, about }
        }
        return undefined
      },
    }
  },
}

export const invariants: readonly Invariant[] = [total, receipt, once, slot]

/** Seen by SLOT. */
export const situations: readonly Situation[] = [{ name: 'a lease expired' }, { name: 'done at a second try' }]

export function unfinished(view: View): Unfinished[] {
  const strands: Unfinished[] = []
  for (const [id, row] of view.rows('items')) {
    const about = aboutItem(view, id)
    if (row.status === 'held')
      strands.push({ text: `item ${id} is held in slot ${row.slot} and nobody works on it`, about })
    if (row.status !== 'waiting') continue
    const free = [...view.rows('slots')].some(([, { holder }]) => holder === null)
    strands.push({ text: `item ${id} waits ${free ? 'although a slot is free' : 'and no slot gets free'}`, about })
  }
  return strands
}
