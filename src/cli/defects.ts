/** `strandline defects`: the known mistakes that can be put back into a subject. */
import type { Command } from 'commander'
import type { Defect } from '../explore/index.ts'
import { defectsJson, table, wrap } from '../report/index.ts'
import { defaultSubject, defectsOf } from './target.ts'
import { commandLine, paint, print, printJson } from './terminal.ts'

const WIDTH_DEFAULT = 110
const STORY_WIDTH_MIN = 30

export function addDefects(program: Command): void {
  program
    .command('defects')
    .description('the known mistakes that can be put back into a subject, and which invariant each one breaks')
    .argument('[subject]', 'whose')
    .option('--json', 'one object for machines on standard output')
    .action((subject: string | undefined, { json }: { json?: true }) => defects(subject, json === true))
}

function defects(subject: string | undefined, json: boolean): void {
  const known = defectsOf(subject)
  const name = subject ?? defaultSubject()
  if (json) printJson(defectsJson(known))
  else if (known.length === 0) print(`${name} has no catalogued defects`)
  else print(...catalogue(name, known))
}

function catalogue(name: string, known: readonly Defect<unknown>[]): string[] {
  const heads = ['defect', 'incident', 'family', 'breaks', 'what goes wrong']
  const cells = known.map(({ name, incident, family, breaks }) => [name, incident, family, breaks.join(', ')])
  const used = [0, 1, 2, 3].reduce(
    (sum, column) => sum + 2 + Math.max(heads[column]!.length, ...cells.map((row) => row[column]!.length)),
    0,
  )
  const width = Math.max(STORY_WIDTH_MIN, Math.max(process.stdout.columns ?? WIDTH_DEFAULT, WIDTH_DEFAULT) - used - 1)
  const rows = known.flatMap(({ story }, at) => {
    const [first, ...rest] = wrap(story, width)
    const [own, ...others] = cells[at]!
    return [[paint('bold', own!), ...others, first!], ...rest.map((line) => ['', '', '', '', line])]
  })
  const hint = `"${commandLine('hunt', name, '--defect', known[0]!.name)}" puts one back and finds it`
  return [...table([heads.map((title) => paint('dim', title)), ...rows]), '', hint]
}
