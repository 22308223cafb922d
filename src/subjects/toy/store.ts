/** What the workshop does to its tables, one transaction per verb. */
import type { Ports } from '../../ports/index.ts'
import { type Item, LEASE_MS } from './schema.ts'

export interface Claim {
  readonly id: number
  readonly amount: number
  readonly workMs: number
  readonly child: boolean
  readonly fence: string
  readonly slot: number
}

export interface Order {
  readonly amount: number
  readonly workMs: number
  readonly child: boolean
}

export function submit({ pool, database }: Ports, name: string, { amount, workMs, child }: Order): Promise<void> {
  return pool.run({ name: 'submit' }, () => {
    database
      .prepare('INSERT INTO items (name, amount, work_ms, child) VALUES (?, ?, ?, ?)')
      .run(name, amount, workMs, Number(child))
  })
}

/** Takes the oldest waiting item into a free slot, if there are both. */
export function take({ pool, database, clock, random }: Ports): Promise<Claim | undefined> {
  return pool.run({ name: 'take' }, () =>
    database
      .transaction((): Claim | undefined => {
        const item = database.prepare("SELECT * FROM items WHERE status = 'waiting' ORDER BY id LIMIT 1").get()
        const free = database.prepare('SELECT id FROM slots WHERE holder IS NULL ORDER BY id LIMIT 1').get()
        if (item === undefined || free === undefined) return undefined
        const { id, amount, work_ms: workMs, child } = item as Item
        const { id: slot } = free as { id: number }
        const fence = random.token()
        database
          .prepare("UPDATE items SET status = 'held', fence = ?, slot = ?, lease_ms = ? WHERE id = ?")
          .run(fence, slot, clock.nowMs() + LEASE_MS, id)
        database.prepare('UPDATE slots SET holder = ? WHERE id = ?').run(fence, slot)
        return { id, amount, workMs, child: child === 1, fence, slot }
      })
      .immediate(),
  )
}

export function renew({ pool, database, clock }: Ports, { id, fence }: Claim): Promise<void> {
  return pool.run({ name: 'renew', touches: [`items:${id}`] }, () => {
    database
      .prepare('UPDATE items SET lease_ms = ? WHERE id = ? AND fence = ?')
      .run(clock.nowMs() + LEASE_MS, id, fence)
  })
}

export type Finish = (ports: Ports, claim: Claim) => Promise<void>

/** Done, paid and receipted together. The fence turns away an owner whose lease expired meanwhile. */
export const finish: Finish = ({ pool, database }, { id, fence, amount }) =>
  pool.run({ name: 'finish', touches: [`items:${id}`, 'account:1'] }, () =>
    database
      .transaction(() => {
        const { changes } = database
          .prepare("UPDATE items SET status = 'done', fence = NULL, slot = NULL WHERE id = ? AND fence = ?")
          .run(id, fence)
        if (changes === 0) return
        database.prepare('UPDATE account SET total = total + ? WHERE id = 1').run(amount)
        database.prepare('INSERT INTO receipts (item, amount) VALUES (?, ?)').run(id, amount)
      })
      .immediate(),
  )

export type Release = (ports: Ports, claim: Claim) => Promise<void>

/** The slot may have passed to another holder since a sweep found it without one. */
export const release: Release = ({ pool, database }, { slot, fence }) =>
  pool.run({ name: 'release', touches: [`slots:${slot}`] }, () => {
    database.prepare('UPDATE slots SET holder = NULL WHERE id = ? AND holder = ?').run(slot, fence)
  })

/** Takes items from owners whose lease has expired, and slots from holders that hold no item; says whether it did. */
export function sweep({ pool, database, clock }: Ports): Promise<boolean> {
  return pool.run({ name: 'sweep' }, () =>
    database
      .transaction(() => {
        const expired = database
          .prepare(
            "UPDATE items SET status = 'waiting', fence = NULL, slot = NULL WHERE status = 'held' AND lease_ms <= ?",
          )
          .run(clock.nowMs())
        const freed = database
          .prepare(
            "UPDATE slots SET holder = NULL WHERE holder IS NOT NULL AND holder NOT IN (SELECT fence FROM items WHERE status = 'held')",
          )
          .run()
        return expired.changes + freed.changes > 0
      })
      .immediate(),
  )
}
