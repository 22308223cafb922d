/** Which database a command is about, and the queue in it. The library is loaded only now: options are checked before. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Durability, Queue } from '../../library/index.ts'
import { note } from '../terminal.ts'
import { UsageError } from '../usage.ts'

const FILE = 'strandline.db'

export interface DatabaseFlags {
  readonly db?: string
  readonly json?: true
}

export function databaseOptions(command: Command): Command {
  return command
    .addOption(new Option('--db <file>', `the database (default: env STRANDLINE_DB, else ${FILE})`))
    .option('--json', 'one object for machines on standard output')
}

/** Of the commands after which something should be there for good. */
export const durabilityOption = () =>
  new Option('--durability <which>', 'full: what it has accepted survives the loss of power, at a sync for each change')
    .choices(['normal', 'full'])
    .default('normal')

/** Absolute. */
export function databaseFile({ db }: DatabaseFlags): string {
  if (db === '') throw new UsageError('--db is empty: give the path of a file')
  const file = db ?? process.env.STRANDLINE_DB ?? ''
  return resolve(file === '' ? FILE : file)
}

/** Says so where a database is made: with a misspelt name nobody would ever look into it. */
export function sayIfNew(file: string): () => void {
  const isNew = !existsSync(file)
  return () => {
    if (isNew) note(`made a new database, ${file}`)
  }
}

export interface Access {
  /** Make the database, if there is none? */
  readonly make: boolean
  readonly durability?: Durability
}

/** Whatever is wrong with the file becomes a UsageError. */
export async function withQueue<T>(
  flags: DatabaseFlags,
  { make, ...place }: Access,
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  const file = databaseFile(flags)
  if (!make && !existsSync(file))
    throw new UsageError(`there is no database ${file}: "strandline submit" makes one, and --db names another`)
  let queue: Queue | undefined
  try {
    const { openQueue } = await import('../../library/index.ts')
    queue = openQueue(file, { create: make, ...place })
    return await work(queue)
  } catch (error) {
    throw explained(file, error)
  } finally {
    queue?.close()
  }
}

const sentences: ReadonlySet<string> = new Set(['HostError', 'SchemaError', 'SpecError'])

/** What the machine, the file or the person did wrong, as a UsageError; what nobody did stays as it is. */
export function explained(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (sentences.has(error.name)) return new UsageError(error.message)
  if (error.name === 'HeldError') return new UsageError(`${error.message}: stop that one, or start both with --share`)
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') return error
  if (/^SQLITE_BUSY/.test(code)) return new UsageError(`${file} is locked by another process for long: try again later`)
  if (/^SQLITE_/.test(code)) return new UsageError(`${file} cannot be used: ${error.message} (${code})`)
  return /^E[A-Z]+$/.test(code) ? new UsageError(`the machine refuses it: ${error.message}`) : error
}

/** A job that there is, or a UsageError. */
export async function jobIn(queue: Queue, id: number) {
  const job = await queue.job(id)
  if (job === undefined) throw unknownJob(queue, id)
  return job
}

export function unknownJob(queue: Queue, id: number): UsageError {
  return new UsageError(`there is no job ${id} in ${queue.file}: "strandline jobs" lists them`)
}

/** Is anybody there who runs jobs, as far as can be seen from here? */
export async function isServed(queue: Queue): Promise<boolean> {
  return (await queue.servers()).some(({ state }) => state !== 'dead')
}

/** The argument of commands about one job. */
export function jobId(text: string): number {
  const id = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0) return id
  throw new UsageError(`a job's id is a whole number, as "strandline jobs" shows it, not "${text}"`)
}
