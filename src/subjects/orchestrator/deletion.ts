/** What must hold of jobs that somebody wants gone. */
import type { Invariant, View } from '../../explore/index.ts'
import { isFinal } from '../../model/lifecycle.ts'
import { RUNS } from '../../sim/index.ts'
import { type Places, placesAmong } from '../../system/index.ts'
import { about, jobChange, jobsOf, optionsOf, takeOverMs } from './rows.ts'

const deleted: Invariant = {
  name: 'DELETED',
  kind: 'safety',
  story: 'a job is removed only when it is finished and somebody wants it gone',
  begin: () => {
    const asked = new Set<number>()
    return {
      changed: (change) => {
        if (change.table === 'deletions' && change.after !== undefined) asked.add(change.id)
        const job = jobChange(change)
        if (job?.before === undefined || job.after !== undefined) return undefined
        const { id, by, before } = job
        if (asked.has(id) && isFinal(before.status)) return undefined
        const why = asked.has(id) ? `it was ${before.status}` : 'nobody had asked for that'
        return { text: `${by} removed job ${id}, although ${why}`, about: about(id, before.pid) }
      },
    }
  },
}

/** What runs have in common, and no job knows any more. */
function strayMounts(view: View): readonly string[] {
  const known = new Set([...jobsOf(view)].map(({ mount }) => mount))
  return placesIn(view).mounts.filter((mount) => !known.has(mount))
}

function placesIn({ files }: View): Places {
  const names = files.readdir(RUNS)
  return placesAmong(typeof names === 'string' ? [] : names)
}

/** What a container has made as root, a server that is not root cannot remove. */
function mayRemove({ profile }: View): boolean {
  return profile.mounts !== 'root-owned'
}

/** Until the owner has ended the run, or somebody else for it, and the remover has come round. */
function removedMs(view: View): number {
  const options = optionsOf(view)
  return takeOverMs(options) + 4 * options.reapMs
}

const gone: Invariant = {
  name: 'GONE',
  kind: 'liveness',
  story: 'a finished job whose deletion was accepted is removed in bounded time',
  begin: (view) => {
    const boundUs = removedMs(view) * 1000
    const since = new Map<number, number>()
    return {
      stepped: () => {
        for (const job of jobsOf(view)) {
          if (view.row('deletions', job.id) === undefined || !isFinal(job.status)) continue
          if (job.image !== null && !mayRemove(view)) continue
          const start = since.get(job.id) ?? view.nowUs
          since.set(job.id, start)
          const seconds = Math.round((view.nowUs - start) / 1e6)
          if (view.nowUs - start > boundUs)
            return {
              text: `job ${job.id} is ${job.status}, to be deleted, and still there after ${seconds} s`,
              about: about(job.id),
            }
        }
        return undefined
      },
    }
  },
}

const leftover: Invariant = {
  name: 'LEFTOVER',
  kind: 'safety',
  story: 'no directory on the disk belongs to a run that nobody remembers',
  begin: (view) => {
    // A start that was given up may make one anew: that is STRAY's.
    const removed = new Set<number>()
    return {
      happened: (event) => {
        if (event.kind === 'removed') removed.add(Number(event.path))
        return undefined
      },
      changed: ({ table, id, before, after, by }) => {
        if (table !== 'runs' || before === undefined || after !== undefined || removed.has(id)) return undefined
        for (const run of placesIn(view).runs)
          if (run === id)
            return {
              text: `${by} forgot run ${id}, whose directory is still there`,
              about: [...about(Number(before.job_id)), `run:${id}`],
            }
        return undefined
      },
    }
  },
}

const stray: Invariant = {
  name: 'STRAY',
  kind: 'liveness',
  story: 'a directory that appears after its run was forgotten goes in bounded time',
  begin: (view) => {
    const boundUs = removedMs(view) * 1000
    const since = new Map<number | string, number>()
    return {
      stepped: () => {
        for (const mount of mayRemove(view) ? strayMounts(view) : []) {
          const start = since.get(mount) ?? view.nowUs
          since.set(mount, start)
          if (view.nowUs - start <= boundUs) continue
          const seconds = Math.round((view.nowUs - start) / 1e6)
          return { text: `mount ${mount} is still there after ${seconds} s, and no job knows of it`, about: [] }
        }
        for (const run of mayRemove(view) ? placesIn(view).runs : []) {
          if (view.row('runs', run) !== undefined) continue
          const start = since.get(run) ?? view.nowUs
          since.set(run, start)
          if (view.nowUs - start <= boundUs) continue
          const seconds = Math.round((view.nowUs - start) / 1e6)
          return {
            text: `the directory of run ${run} is still there after ${seconds} s, and nobody knows the run`,
            about: [`run:${run}`],
          }
        }
        return undefined
      },
    }
  },
}

export const deletion: readonly Invariant[] = [deleted, gone, leftover, stray]
