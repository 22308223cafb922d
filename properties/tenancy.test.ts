// Who gets the database where others may hold it: rivals that live keep it, dead ones lose it at once, and one of another
// machine is watched until its heart has beaten or has stood still for long enough.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { Pid } from '../src/model/ids.ts'
import type { Database } from '../src/ports/index.ts'
import {
  defaultOptions,
  HeldError,
  type OpenLife,
  Orchestrator,
  SqliteStore,
  sql,
  Tenancy,
} from '../src/system/index.ts'
import { opaque } from '../src/system/storeRows.ts'
import { handDrivenMachine, server, settled } from './support/handDrivenMachine.ts'
import { inline, realDatabase } from './support/realDatabase.ts'
import { rival } from './support/rival.ts'
import { sharedLife } from './support/sharedLife.ts'

const NOW_MS = Date.UTC(2030, 0, 2, 3, 4, 5)
const RACES = 40
const { reapMs, leaseRounds } = defaultOptions
const newcomer = { ...server, pid: 2 as Pid, startTime: 300 }

/** A database that a server with pid 1 holds, and a machine on which another one starts later. */
async function held(holderShares: boolean) {
  const database = realDatabase()
  const store = new SqliteStore(database, inline, defaultOptions)
  const opened = await store.openLife(server, 'holder', holderShares, NOW_MS)
  if ('rivals' in opened) throw new Error('an empty database is held')
  const machine = handDrivenMachine({ database, nowMs: NOW_MS + 60_000, self: newcomer })
  const waitedFor: OpenLife[] = []
  const tenancy = new Tenancy(store, machine.ports, defaultOptions)
  return {
    ...{ database, store, machine, holder: opened, waitedFor },
    open: (shares: boolean) => tenancy.open(shares, (life) => waitedFor.push(life)),
    /** One round of watching. */
    round: async () => {
      machine.advance(reapMs)
      await settled()
    },
    openIds: async () => (await store.openLives()).map(({ id }) => id),
  }
}

describe('a holder that lives', () => {
  test.each([
    { holds: false, asks: false, why: 'which does not share it' },
    { holds: false, asks: true, why: 'which does not share it' },
    { holds: true, asks: false, why: 'which shares it only with those that share too' },
  ])('keeps the database (it shares: $holds, the other: $asks), and is named', async ({ holds, asks, why }) => {
    const { open, store, holder, openIds, waitedFor } = await held(holds)
    const [life] = await store.openLives()
    const refused = await open(asks).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(HeldError)
    const sentence = `the database is held by another orchestrator, process 1, up since 2030-01-02T03:04:05.000Z, ${why}`
    expect(refused).toMatchObject({ message: sentence, holder: life })
    expect([await openIds(), waitedFor]).toEqual([[holder.id], []])
  })

  test('shares it with one that shares too, whether or not it can be asked', async () => {
    const { open, machine, holder, openIds, waitedFor } = await held(true)
    machine.everyProcessIs('foreign')
    const life = await open(true)
    expect([await openIds(), waitedFor]).toEqual([[holder.id, life.id], []])
  })

  test('keeps a second orchestrator from starting, which claims nothing', async () => {
    const { store, machine, holder, openIds } = await held(false)
    await store.submitJob({ argv: ['work'] }, NOW_MS)
    await expect(Orchestrator.start(machine.ports)).rejects.toThrow(HeldError)
    expect(await store.counts()).toMatchObject({ queued: 1, running: 0 })
    expect(await openIds()).toEqual([holder.id])
  })
})

test('nobody is in the way of the first', async () => {
  const { open, store, holder, openIds } = await held(false)
  await store.endLife(holder.id, NOW_MS)
  const life = await open(false)
  expect(await openIds()).toEqual([life.id])
})

test('a holder that is dead is ended at once', async () => {
  const { open, store, machine, waitedFor } = await held(false)
  machine.everyProcessIs('gone')
  const life = await open(false)
  expect(await store.openLives()).toMatchObject([{ id: life.id, shared: false, server: newcomer }])
  expect(waitedFor).toEqual([])
})

describe('a holder of another machine', () => {
  test.each(Array.from({ length: leaseRounds }, (_, n) => n))(
    'keeps the database if its heart beats after %s rounds of silence',
    async (rounds) => {
      const { open, round, store, machine, holder, openIds, waitedFor } = await held(false)
      machine.everyProcessIs('foreign')
      const refused = open(false).catch((error: unknown) => error)
      await settled()
      for (let n = 0; n < rounds; n++) await round()
      expect(await openIds()).toEqual([holder.id])
      await store.beat(holder.id)
      await round()
      expect(await refused).toBeInstanceOf(HeldError)
      expect(await refused).toMatchObject({ holder: { id: holder.id, beats: 1 } })
      expect(await openIds()).toEqual([holder.id])
      expect(waitedFor.map(({ id }) => id)).toEqual([holder.id])
    },
  )

  test(`is ended after ${leaseRounds} rounds of silence, and not before; that is told once`, async () => {
    const { open, round, machine, holder, openIds, waitedFor } = await held(false)
    machine.everyProcessIs('foreign')
    const opening = open(false)
    await settled()
    for (let n = 1; n < leaseRounds; n++) await round()
    expect(await openIds()).toEqual([holder.id])
    await round()
    const life = await opening
    expect(life.id).toBeGreaterThan(holder.id)
    expect(await openIds()).toEqual([life.id])
    expect(waitedFor).toMatchObject([{ id: holder.id, server: { pid: 1 } }])
  })

  test('makes way in the next round if it ends by itself', async () => {
    const { open, round, store, machine, holder, openIds } = await held(false)
    machine.everyProcessIs('foreign')
    const opening = open(false)
    await settled()
    await store.endLife(holder.id, NOW_MS)
    await round()
    expect(await openIds()).toEqual([(await opening).id])
  })

  test('that takes the place of a dead one is waited for too, and that is told', async () => {
    const { open, round, store, machine, holder, openIds, waitedFor } = await held(false)
    machine.everyProcessIs('gone')
    const endLife = store.endLife.bind(store)
    store.endLife = async (...parameters) => {
      const ended = await endLife(...parameters)
      if (parameters[0] === holder.id) {
        machine.everyProcessIs('foreign')
        await store.openLife({ ...server, pid: 3 as Pid }, 'quicker', false, NOW_MS)
      }
      return ended
    }
    const opening = open(false)
    await settled()
    for (let n = 0; n < leaseRounds; n++) await round()
    expect(await openIds()).toEqual([(await opening).id])
    expect(waitedFor).toMatchObject([{ server: { pid: 3 } }])
  })

  test('is watched one by one: the silent are ended, and one that beats keeps the database', async () => {
    const { open, round, store, machine, holder, openIds } = await held(true)
    const other = await sharedLife(store, { ...server, pid: 3 as Pid }, 'other', NOW_MS)
    machine.everyProcessIs('foreign')
    const refused = open(false).catch((error: unknown) => error)
    await settled()
    await round()
    await store.beat(other.id)
    await round()
    expect(await refused).toMatchObject({ name: 'HeldError', holder: { id: other.id } })
    expect(await openIds()).toEqual([holder.id, other.id])
  })
})

test('who looks for rivals keeps others from opening a life until it has opened its own', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-'))
  const path = join(directory, 'jobs.db')
  const database = realDatabase(path)
  const second = new BetterSqlite3(path, { timeout: 0 })
  const intruder = new SqliteStore(second, inline, defaultOptions)
  const intrusions: Promise<unknown>[] = []
  const prepare = (text: string) => {
    const statement = database.prepare(text)
    if (text !== opaque(sql.rivals)) return statement
    return Object.assign(Object.create(statement) as typeof statement, {
      all: (...parameters: unknown[]) => {
        const rivals = statement.all(...parameters)
        intrusions.push(intruder.openLife(newcomer, 'intruder', false, NOW_MS).catch((error: unknown) => error))
        return rivals
      },
    })
  }
  const interrupted = { prepare, transaction: database.transaction.bind(database) } as Partial<Database> as Database
  const store = new SqliteStore(interrupted, inline, defaultOptions)
  const opened = await store.openLife(server, 'first', false, NOW_MS)
  expect(await Promise.all(intrusions)).toMatchObject([{ code: 'SQLITE_BUSY' }])
  expect(await intruder.openLives()).toMatchObject([opened])
  second.close()
  database.close()
  rmSync(directory, { recursive: true })
})

test('of two processes that ask for the same file at the same moment, one gets it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-'))
  const path = join(directory, 'jobs.db')
  const database = realDatabase(path)
  const store = new SqliteStore(database, inline, defaultOptions)
  const [one, other] = [await rival('lifeScript.ts', path), await rival('lifeScript.ts', path)]
  const winners: string[] = []
  for (let n = 0; n < RACES; n++) {
    const [first, second] = await Promise.all([one.ask(), other.ask()])
    const open = await store.openLives()
    expect(open).toHaveLength(1)
    const winner = open[0]!.id
    expect([first, second].toSorted()).toEqual([winner, 'held'])
    winners.push(first === winner ? 'one' : 'other')
    await store.endLife(winner, 0)
  }
  console.info(`one won ${winners.filter((who) => who === 'one').length} of ${RACES} races`)
  one.end()
  other.end()
  database.close()
  rmSync(directory, { recursive: true })
})
