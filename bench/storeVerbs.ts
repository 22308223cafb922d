/** The store's verbs beside the bare prepared statements that they consist of, on SQLite in memory. */
import BetterSqlite3 from 'better-sqlite3'
import { sharedLife } from '../properties/support/sharedLife.ts'
import { median } from '../src/explore/index.ts'
import type { Pid } from '../src/model/ids.ts'
import { defaultOptions, migrate, SqliteStore, sql } from '../src/system/index.ts'
import { heading, micros, printTable } from './format.ts'
import { measure } from './measure.ts'

/** Rounds of both, in turns: what the machine does meanwhile meets both alike. */
const ROUNDS = 6
const NOW_MS = 1_700_000_000_000
/** Beside the job before each call: the library calls a function once unasked, to see what it returns. */
const STOCK = 100
/** Of a command without anything special. */
const WORK = ['["work"]', '{}', null, null, null] as const
const TERMS = ['default', 'default', 0, 2, null, null, NOW_MS] as const
/** As a server without handlers asks. */
const NO_TASKS = '[]'
const server = { pid: 1 as Pid, startTime: 100, bootId: 'boot', pidNamespace: 'namespace' }

export async function storeVerbs(): Promise<void> {
  heading(`the store's verbs beside their bare statements: medians over ${ROUNDS} rounds`)
  const rows = [await compare('submit', await submit()), await compare('claim and finish', await claimAndFinish())]
  printTable(['', 'verb', 'statements', 'ratio', 'least', 'most'], rows)
}

interface Pair {
  verb(): Promise<unknown>
  bare(): unknown
  before?(): void
}

async function compare(title: string, { verb, bare, before }: Pair): Promise<string[]> {
  const verbs: number[] = []
  const bares: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const measured = await measure(round % 2 === 0 ? { verb, bare } : { bare, verb }, before)
    for (const { name, medianNs } of measured) (name === 'verb' ? verbs : bares).push(medianNs)
  }
  const ratios = verbs.map((ns, round) => ns / bares[round]!)
  const ratio = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(2))
  return [title, micros(median(verbs)), micros(median(bares)), ...ratio]
}

function open() {
  const database = new BetterSqlite3(':memory:')
  migrate(database)
  const store = new SqliteStore(database, { run: async (_, work) => work() }, defaultOptions)
  return { database, store }
}

async function submit(): Promise<Pair> {
  const { database, store } = open()
  const insert = database.prepare(sql.insertJob)
  return {
    verb: () => store.submitJob({ argv: ['work'] }, NOW_MS),
    bare: () => insert.run(...WORK, ...TERMS).lastInsertRowid,
  }
}

/** One job is queued before each call; both look for it before they take the write lock, as the store does. */
async function claimAndFinish(): Promise<Pair> {
  const { database, store } = open()
  const life = await sharedLife(store, server, 'life', NOW_MS)
  const insert = database.prepare(sql.insertJob)
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')]
  const [find, isOpen, insertRun, claim] = [
    database.prepare(sql.claimableGated),
    database.prepare(sql.lifeIsOpen),
    database.prepare(sql.insertRun),
    database.prepare(sql.claim),
  ]
  const [held, finish, finishRun] = [
    database.prepare(sql.heldJob),
    database.prepare(sql.finish),
    database.prepare(sql.finishRun),
  ]
  let runs = 0
  const name = () => `run${runs++}`
  const before = () => {
    insert.run(...WORK, ...TERMS)
  }
  for (let n = 0; n < STOCK; n++) before()
  return {
    before,
    verb: async () => {
      const claimed = await store.claimNextJob(life, name, [], NOW_MS)
      if (typeof claimed !== 'object') throw new Error('nothing was claimed')
      if ((await store.finishJob(claimed, { kind: 'success' }, NOW_MS)) !== 'done') throw new Error('it did not finish')
    },
    bare: () => {
      find.get(1, NOW_MS, NO_TASKS)
      begin.run()
      const { id } = find.get(1, NOW_MS, NO_TASKS) as { id: number }
      isOpen.get(life.id)
      const fence = insertRun.run(life.id, `${life.token}/${name()}`, NOW_MS, id).lastInsertRowid
      claim.get(fence, life.id, NOW_MS, id)
      commit.run()
      begin.run()
      const job = held.get(id, fence) as { attempts: number }
      finish.run('done', NOW_MS, null, job.attempts, 0, 0, 0, id)
      finishRun.run('done', null, NOW_MS, fence)
      commit.run()
    },
  }
}
