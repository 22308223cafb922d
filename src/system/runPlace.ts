/**
 * Where a run keeps what it writes: `<run>/`, and in it the state directory, through which the agent in a container
 * speaks to the server. The name of that one ends with the run's token, which nobody else will ever draw, and it is made
 * where there was none: so whatever is found in it was written by this run, whatever has become of the directories of
 * others. Nothing needs to be removed first, and hence nothing can be left (incident 1).
 *
 * `mount-<job>-<token>/` is what the runs of a job, and of its relaunches, have in common.
 */
import type { RunId } from '../model/ids.ts'
import { runNameOf } from '../model/token.ts'
import type { Files } from '../ports/index.ts'
import type { Claim } from './job.ts'

const RUN = /^[1-9]\d{0,14}$/
const MOUNT = 'mount-'
const MOUNT_NAME = /^mount-[1-9]\d{0,14}-[0-9a-f]{32}$/

export function runPlace(run: RunId): string {
  return String(run)
}

export function statePlace({ fence, token }: Pick<Claim, 'fence' | 'token'>): string {
  return `${fence}/state-${runNameOf(token)}`
}

export function mountPlace(mount: string): string {
  return `${MOUNT}${mount}`
}

export interface Places {
  readonly runs: readonly RunId[]
  readonly mounts: readonly string[]
}

/** The runs and the mounts that have a directory. */
export async function placesOf(files: Files): Promise<Places> {
  return placesAmong(await files.list(''))
}

/** What these names in the runs' directory stand for. */
export function placesAmong(names: readonly string[]): Places {
  return {
    runs: names.filter((name) => RUN.test(name)).map((name) => Number(name) as RunId),
    mounts: names.filter((name) => MOUNT_NAME.test(name)).map((name) => name.slice(MOUNT.length)),
  }
}
