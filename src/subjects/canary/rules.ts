/** What must hold in a system, as the explorer looks at it: in the runs of that system and in no others. */
import type { Finding, Invariant, Unfinished, View } from '../../explore/index.ts'
import { type Cell, idOf } from './bench.ts'
import type { System } from './system.ts'

const STRAND = 'STRAND'

export function invariantOf(system: System): Invariant | undefined {
  const { name, story, holds } = system.rule
  if (name === STRAND) return undefined
  return {
    name,
    kind: 'safety',
    story,
    begin: (view) => {
      if (view.settings.system !== system.name) return {}
      const check = () => judge(system, view)
      return holds === 'always' ? { changed: check } : { settled: check }
    },
  }
}

export function unfinishedOf(system: System, view: View): Unfinished[] {
  const strand = system.rule.name === STRAND ? judge(system, view) : undefined
  return strand === undefined ? [] : [strand]
}

function judge({ cells, rule }: System, view: View): Finding | undefined {
  const cell = (name: string) => view.row('cells', idOf(cells, name)) as Cell | undefined
  const text = rule.broken((name) => cell(name)?.value ?? cells[name]!)
  if (text === undefined) return undefined
  const about = rule.about.flatMap((name) => {
    const writer = cell(name)?.writer
    return [`cells:${idOf(cells, name)}`, ...(writer === undefined ? [] : [`command:${writer}`])]
  })
  return { text, about }
}
