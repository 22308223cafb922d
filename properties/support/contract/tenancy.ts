/** Who may hold the database beside whom: that is decided where the life is opened. */
import { expect, test } from 'vitest'
import { defaultOptions, type OwnLife, type Store } from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'
import { NOW_MS, type OpenStore } from './bench.ts'

const pairs = [
  { holder: 'shares', other: 'shares', holds: true, asks: true },
  { holder: 'shares', other: 'does not', holds: true, asks: false },
  { holder: 'does not share', other: 'does', holds: false, asks: true },
  { holder: 'does not share', other: 'does not either', holds: false, asks: false },
]

export function tenancyContract(open: OpenStore): void {
  async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
    const opened = await open(defaultOptions)
    try {
      await work(opened.store)
    } finally {
      await opened.close()
    }
  }

  test.each(pairs)('where the holder $holder and the other $other', ({ holds, asks }) =>
    withStore(async (store) => {
      const holder = (await store.openLife(server, 'holder', holds, NOW_MS)) as OwnLife
      const other = await store.openLife({ ...server, startTime: 7 }, 'other', asks, NOW_MS + 1)
      if (holds && asks) {
        expect(other).toMatchObject({ token: `${await store.installation()}/other` })
        expect((await store.openLives()).map(({ shared }) => shared)).toEqual([true, true])
        return
      }
      // None is opened, and whoever asked learns who is in the way.
      expect(other).toEqual({ rivals: [{ ...holder, beats: 0, started_at: NOW_MS, shared: holds, server }] })
      expect((await store.openLives()).map(({ id }) => id)).toEqual([holder.id])
      await store.endLife(holder.id, NOW_MS + 2)
      const later = (await store.openLife(server, 'later', asks, NOW_MS + 3)) as OwnLife
      expect(await store.openLives()).toMatchObject([{ id: later.id, shared: asks, started_at: NOW_MS + 3 }])
      expect(later.id).toBeGreaterThan(holder.id)
    }),
  )

  test('all that share keep out one that does not, until the last of them has ended', () =>
    withStore(async (store) => {
      const holders: OwnLife[] = []
      for (const name of ['one', 'two']) holders.push((await store.openLife(server, name, true, NOW_MS)) as OwnLife)
      for (const holder of holders) {
        const { rivals } = (await store.openLife(server, 'other', false, NOW_MS)) as { rivals: readonly OwnLife[] }
        expect(rivals.map(({ id }) => id)).toEqual(holders.slice(holders.indexOf(holder)).map(({ id }) => id))
        await store.endLife(holder.id, NOW_MS)
      }
      expect(await store.openLife(server, 'other', false, NOW_MS)).not.toHaveProperty('rivals')
    }))

  test('of many that ask at once, one opens a life that it does not share', () =>
    withStore(async (store) => {
      const asked = Array.from({ length: 6 }, (_, n) => store.openLife(server, `life${n}`, false, NOW_MS))
      const opened = (await Promise.all(asked)).filter((life) => !('rivals' in life))
      expect(opened).toHaveLength(1)
      expect(await store.openLives()).toMatchObject(opened)
    }))
}
