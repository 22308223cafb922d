/** The database file and what stands beside it, opened for a queue or a worker. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Durability, type Host, HostError, type HostOptions, openHost } from '../host/index.ts'
import { migrate, SchemaError } from '../system/index.ts'
import { path as checkPath } from './checks.ts'
import { realPlace } from './realPlace.ts'
import { highestRun, RunsDirectory } from './runsDirectory.ts'

export interface Place {
  /** Where each run has its directory; beside the database by default: its name with `-runs`. Must be the same for all. */
  readonly runs?: string
  /** `normal` survives the end of any process, `full` the loss of power too, at the price of a sync per commit. */
  readonly durability?: Durability
}

export interface Opened {
  readonly host: Host
  /** Absolute, and not through links. */
  readonly file: string
  readonly runs: RunsDirectory
}

/** Throws SpecError, HostError or SchemaError: each says in a sentence what is wrong with the file. */
export function open(
  file: string,
  { runs, ...more }: Place & Pick<HostOptions, 'engine' | 'outputBytesMax' | 'busyMs'>,
  create: boolean,
): Opened {
  checkPath(file, 'the database')
  const path = realPlace(resolve(file))
  if (!create && !existsSync(path)) throw new HostError(`there is no database ${path}`)
  const directory = resolve(runs ?? `${path}-runs`)
  const host = openHost({ file: path, runs: directory, ...more })
  try {
    const { database } = host.ports
    migrate(database, { highestRun: () => highestRun(directory) })
    return { host, file: path, runs: new RunsDirectory(directory, database) }
  } catch (error) {
    host.close()
    throw error instanceof SchemaError ? new SchemaError(`${path} cannot be used: ${error.message}`) : error
  }
}
