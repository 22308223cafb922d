/** Notices of the ends of containers: they come late, twice, in another order than the ends, and about what is forgotten. */
import type { Situation, View } from '../../explore/index.ts'
import { runNameOf } from '../../model/token.ts'
import type { WorldEvent } from '../../sim/index.ts'
import { tokenOf } from './agents.ts'

type Told = Extract<WorldEvent, { readonly kind: 'exitTold' }>

/** The name of the run whose container it is about; undefined: it is about a process, which knows its whole token. */
function runIn({ token }: Told): string | undefined {
  return token?.includes('/') ? undefined : token
}

function arrivesTwice(): (event: WorldEvent) => boolean {
  const told = new Set<string>()
  return (event) => {
    const run = event.kind === 'exitTold' ? runIn(event) : undefined
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
    const run = event.kind === 'exitTold' ? runIn(event) : undefined
    if (event.kind !== 'exitTold' || run === undefined) return false
    const end = ends.lastIndexOf(run)
    const before = latest.get(event.life) ?? -1
    latest.set(event.life, Math.max(end, before))
    return end < before
  }
}

function arrivesAfterItsRow(view: View): (event: WorldEvent) => boolean {
  return (event) => {
    const run = event.kind === 'exitTold' ? runIn(event) : undefined
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
