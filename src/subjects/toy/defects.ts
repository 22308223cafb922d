/**
 * Known mistakes, each one part of the workshop exchanged. The depth is the number of orderings that must coincide
 * (Burckhardt et al., ASPLOS 2010): what a hunt may cost grows with it.
 */
import type { Defect, Subject } from '../../explore/index.ts'
import type { Ports } from '../../ports/index.ts'
import type { Submit } from './families.ts'
import type { Finish, Release } from './store.ts'
import type { Parts, Waiting } from './workshop.ts'

/** Depth 1: a ring that falls between the last look and the wait is heard by nobody, and nobody polls. */
function forgetfulBell(_ports: Ports): Waiting {
  const sleepers = new Set<() => void>()
  const ring = () => {
    for (const wake of sleepers) wake()
    sleepers.clear()
  }
  return {
    ring,
    attend: async (round, signal) => {
      signal.addEventListener('abort', ring, { once: true })
      while (!signal.aborted) {
        await round()
        if (!signal.aborted) await new Promise<void>((wake) => sleepers.add(wake))
      }
    },
  }
}

/** Depth 2: another hand pays between the reading of the account and its writing. */
const finishFromReading: Finish = async ({ pool, database }, { id, fence, amount }) => {
  const touches = ['account:1']
  const total = await pool.run({ name: 'read', touches }, () => {
    const row = database.prepare('SELECT total FROM account WHERE id = 1').get()
    return (row as { total: number }).total
  })
  await pool.run({ name: 'finish', touches: [`items:${id}`, ...touches] }, () =>
    database
      .transaction(() => {
        const { changes } = database
          .prepare("UPDATE items SET status = 'done', fence = NULL, slot = NULL WHERE id = ? AND fence = ?")
          .run(id, fence)
        if (changes === 0) return
        database.prepare('UPDATE account SET total = ? WHERE id = 1').run(total + amount)
        database.prepare('INSERT INTO receipts (item, amount) VALUES (?, ?)').run(id, amount)
      })
      .immediate(),
  )
}

/** Depth 3: a sweep frees the slot, a second takes it, its first owner frees it again, a third takes it too. */
const releaseAnybody: Release = ({ pool, database }, { slot }) =>
  pool.run({ name: 'release', touches: [`slots:${slot}`] }, () => {
    database.prepare('UPDATE slots SET holder = NULL WHERE id = ?').run(slot)
  })

/** A crash between the commit and the statement behind it. */
const finishInTwo: Finish = ({ pool, database }, { id, fence, amount }) =>
  pool.run({ name: 'finish', touches: [`items:${id}`, 'account:1'] }, () => {
    const done = database
      .transaction(() => {
        const { changes } = database
          .prepare("UPDATE items SET status = 'done', fence = NULL, slot = NULL WHERE id = ? AND fence = ?")
          .run(id, fence)
        if (changes > 0) database.prepare('UPDATE account SET total = total + ? WHERE id = 1').run(amount)
        return changes > 0
      })
      .immediate()
    if (done) database.prepare('INSERT INTO receipts (item, amount) VALUES (?, ?)').run(id, amount)
  })

/** A sweep overtakes the heartbeat: the item is worked on twice, and nothing turns the first owner away. */
const finishUnfenced: Finish = ({ pool, database }, { id, amount }) =>
  pool.run({ name: 'finish', touches: [`items:${id}`, 'account:1'] }, () =>
    database
      .transaction(() => {
        database.prepare("UPDATE items SET status = 'done', fence = NULL, slot = NULL WHERE id = ?").run(id)
        database.prepare('UPDATE account SET total = total + ? WHERE id = 1').run(amount)
        database.prepare('INSERT INTO receipts (item, amount) VALUES (?, ?)').run(id, amount)
      })
      .immediate(),
  )

export function defects(
  sound: Parts,
  workshopWith: (parts: Parts) => Subject<Submit>,
): Readonly<Record<string, Defect<Submit>>> {
  const defect = (name: string, family: string, breaks: string[], story: string, part: Partial<Parts>) => ({
    name,
    incident: 'toy',
    family,
    breaks,
    story,
    mutant: workshopWith({ ...sound, ...part }),
  })
  const all = [
    defect('lost-wakeup', 'quiet', ['STRAND'], 'depth 1: an item comes between the last look and the wait', {
      waiting: forgetfulBell,
    }),
    defect('lost-update', 'steady', ['TOTAL'], 'depth 2: two hands read the account before either writes it', {
      finish: finishFromReading,
    }),
    defect('aba-slot', 'steady', ['SLOT'], 'depth 3: a slot is freed by its late first owner and given to a third', {
      release: releaseAnybody,
    }),
    defect('torn-write', 'crashes', ['RECEIPT'], 'a server dies between two statements that belong together', {
      finish: finishInTwo,
    }),
    defect(
      'late-heartbeat',
      'late',
      ['ONCE', 'TOTAL', 'STALE'],
      'a sweep overtakes a heartbeat, and two finish the item',
      {
        finish: finishUnfenced,
      },
    ),
  ]
  return Object.fromEntries(all.map((one) => [one.name, one]))
}
