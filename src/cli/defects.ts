/** `strandline defects`: the known mistakes that can be put back into a subject. */
import type { Command } from 'commander'
import type { Defect } from '../explore/index.ts'
import { defectsJson, wrap } from '../report/index.ts'
import { defaultSubject, defectsOf } from './target.ts'
import { commandLine, paint, print, printJson } from './terminal.ts'

const WIDTH_MAX = 104
const INDENT = '  '

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

/** A block for each: what goes wrong, and where it shows. */
function catalogue(name: string, known: readonly Defect<unknown>[]): string[] {
  const width = Math.min(process.stdout.columns ?? WIDTH_MAX, WIDTH_MAX) - INDENT.length
  const blocks = known.flatMap(({ name, incident, family, breaks, story, isRare }) => {
    const facts = `family ${family}${isRare ? ' (rare)' : ''}, breaks ${breaks.join(', ')}, from ${incident}`
    const lines = [...wrap(story, width), ...wrap(facts, width).map((line) => paint('dim', line))]
    return [paint('bold', name), ...lines.map((line) => INDENT + line), '']
  })
  return [...blocks, `"${commandLine('hunt', name, '--defect', known[0]!.name)}" puts one back and finds it`]
}
