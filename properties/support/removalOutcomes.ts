/** All that can come of a removal while others are at work in the directory, by the simulated files: every order is tried. */
import { FileSystem, type RemovalKind, removeTree, type View } from '../../src/sim/files/index.ts'
import type { Call, Outcome, RemovalScenario } from './removalScenario.ts'

interface Step {
  readonly label: string
  run(): void
}

/** What stands open after some steps, or what came of them all. */
interface State {
  readonly key: string
  readonly waiting: number
  readonly outcome: Outcome
}

/** As text, so that they can be members of a set. */
export function outcomesOf(scenario: RemovalScenario, kind: RemovalKind): ReadonlySet<string> {
  const outcomes = new Set<string>()
  const known = new Set<string>()
  const open: (readonly number[])[] = [[]]
  for (let order = open.pop(); order !== undefined; order = open.pop()) {
    const { key, waiting, outcome } = play(scenario, kind, order)
    if (known.has(key)) continue
    known.add(key)
    if (waiting === 0) outcomes.add(JSON.stringify(outcome))
    for (let nth = 0; nth < waiting; nth++) open.push([...order, nth])
  }
  return outcomes
}

function play(scenario: RemovalScenario, kind: RemovalKind, order: readonly number[]): State {
  const files = new FileSystem()
  const view = files.view({ namespace: files.initial, uid: 0 })
  prepare(view, scenario)
  const waiting: Step[] = []
  const done: string[] = []
  const answers: string[][] = scenario.acts.map(() => [])
  const act = ([first, ...rest]: readonly Call[], mine: string[]) => {
    if (first === undefined) return
    const label = `${first.call} ${first.path}`
    const run = () => {
      mine.push(
        `${label} ${first.call === 'mkdir' ? view.mkdir(`/t/${first.path}`) : view.write(`/t/${first.path}`, '')}`,
      )
      act(rest, mine)
    }
    waiting.push({ label: `others ${label}`, run })
  }
  const beginActs = () => {
    for (const [nth, calls] of scenario.acts.entries()) act(calls, answers[nth]!)
  }
  let error = 'undecided'
  removeTree(
    view,
    '/t',
    kind,
    (run, call, path) => waiting.push({ label: `${call} ${path}`, run }),
    (failure) => {
      error = failure === undefined ? 'ok' : `${failure.code} ${failure.path}`
      if (scenario.begins === 'after the error') beginActs()
    },
  )
  if (scenario.begins === 'at once') beginActs()
  for (const nth of order) {
    const [step] = waiting.splice(nth, 1)
    done.push(step!.label)
    step!.run()
  }
  const outcome: Outcome = [error, answers.flat().join(', '), left(view, '', '').join(' ')]
  const key = JSON.stringify([done.toSorted(), waiting.map(({ label }) => label).sort(), outcome])
  return { key, waiting: waiting.length, outcome }
}

function prepare(view: View, { tree, mountpoint }: RemovalScenario): void {
  view.mkdir('/t')
  for (const path of tree) {
    if (path.endsWith('/')) view.mkdir(`/t/${path}`)
    else view.write(`/t/${path}`, '')
  }
  if (mountpoint === undefined) return
  view.mkdir('/s')
  view.write('/s/s', '')
  view.bind('/s', `/t/${mountpoint}`)
}

function left(view: View, path: string, shown: string): string[] {
  const entries = view.list(path === '' ? '/' : path)
  if (typeof entries === 'string') throw new Error(entries)
  const all = entries.flatMap(({ name, isDirectory }) => {
    if (shown === '' && name === 's') return []
    const told = shown === '' ? name : `${shown}/${name}`
    return [told, ...(isDirectory ? left(view, `${path}/${name}`, told) : [])]
  })
  return all.sort()
}
