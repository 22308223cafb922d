/** Notices of the ends of containers: they come late, twice, in another order than the ends, and about what is forgotten. */
import type { Situation, View } from '../../explore/index.ts'
import { runNameOf } from '../../model/token.ts'
import type { WorldEvent } from '../../sim/index.ts'
import { tokenOf } from './agents.ts'

/** The name of the run whose container has ended, and who is told; undefined: it is something else, or of a process. */
function toldIn(event: WorldEvent): { readonly run: string; readonly life: string } | undefined {
  // A process knows the whole token of its run.
  if (event.kind !== 'exitTold' || event.token === undefined || event.token.includes('/')) return undefined
  return { run: event.token, life: event.life }
}

function arrivesTwice(): (event: WorldEvent) => boolean {
  const told = new Set<string>()
  return (event) => {
    const run = toldIn(event)?.run
    if (run === undefined) return false
    const isAgain = told.has(run)
    told.add(run)
    return isAgain
  }
}

function arrivesOutOfOrder(view: View): (event: WorldEvent) => boolean {
  const ends: string[] = []
  const latest = new Map<string, number>()
  return (event) => {
    if (event.kind === 'containerExited') {
      const container = view.containers().find(({ id }) => id === event.id)
      if (container !== undefined) ends.push(runNameOf(tokenOf(container)))
    }
    const notice = toldIn(event)
    if (notice === undefined) return false
    const end = ends.lastIndexOf(notice.run)
    const before = latest.get(notice.life) ?? -1
    latest.set(notice.life, Math.max(end, before))
    return end < before
  }
}

function arrivesAfterItsRow(view: View): (event: WorldEvent) => boolean {
  return (event) => {
    const run = toldIn(event)?.run
    if (run === undefined) return false
    for (const [, { token }] of view.rows('runs')) if (runNameOf(String(token)) === run) return false
    return true
  }
}

export const notices: readonly Situation[] = [
  { name: 'the end of a container is heard of twice', families: ['run-ids', 'adoption'], heard: arrivesTwice },
  {
    name: 'ends of containers are heard of out of order',
    families: ['run-ids', 'succession', 'adoption'],
    heard: arrivesOutOfOrder,
  },
  {
    name: "an old actor's exit arrives after its row was gone",
    families: ['run-ids', 'succession'],
    isRare: true,
    heard: arrivesAfterItsRow,
  },
]
