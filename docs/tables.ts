/**
 * Keeps the tables and examples of the documentation in step with the code. A page marks them with two comments:
 *
 *   <!-- table: faults -->  …  <!-- /table -->
 *   <!-- file: examples/outbox.ts -->  …  <!-- /file -->
 *
 * `npx node docs/tables.ts` writes them anew, `npx node docs/tables.ts --check` exits with 1 if one is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { transitions } from '../src/model/lifecycle.ts'
import { faults } from '../src/sim/fault.ts'
import { subjects } from '../src/subjects/index.ts'
import { defaultOptions } from '../src/system/index.ts'

const { families, invariants, defects = {} } = subjects.orchestrator!
const directory = new URL('./', import.meta.url)

/** Columns are padded as the formatter would pad them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function code(...names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function brokenBy(invariant: string): string {
  const found = Object.values(defects).filter(({ breaks }) => breaks.includes(invariant))
  return found.length === 0 ? '' : code(...found.map(({ name }) => name))
}

/** 5400000 as `5,400 s`. */
function milliseconds(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toLocaleString('en-US')} s` : `${ms} ms`
}

/** What the source says of each option, in the order in which it says it. */
function* optionTexts(): Iterable<[name: keyof typeof defaultOptions, text: string]> {
  const source = readFileSync(new URL('../src/system/options.ts', import.meta.url), 'utf8')
  for (const [, text = '', name] of source.matchAll(
    /(?:\/\*\* ([^*]+) \*\/\n)? {2}readonly (\w+): (?:number|boolean)\n/g,
  ))
    yield [name as keyof typeof defaultOptions, text.trim()]
}

const tables: Readonly<Record<string, () => string>> = {
  lifecycle: () =>
    table(
      ['from', 'to', 'when'],
      transitions.map(({ from, to, when }) => [from, to, when]),
    ),
  options: () =>
    table(
      ['option', 'default', 'what it says'],
      [...optionTexts()].map(([name, text]) => {
        const value = defaultOptions[name]
        return [code(name), name.endsWith('Ms') ? milliseconds(Number(value)) : String(value), text]
      }),
    ),
  faults: () =>
    table(
      ['fault', 'strikes at each', 'what happens', 'rate per site', 'by how much'],
      Object.values(faults).map(({ name, site, story, rates: [low, high], ms: [from, to] }) => [
        code(name),
        site,
        story,
        `${low} – ${high}`,
        to === 0 ? '' : `${milliseconds(from)} – ${milliseconds(to)}`,
      ]),
    ),
  families: () =>
    table(
      ['family', 'weight', 'what happens', 'faults that may strike'],
      Object.entries(families).map(([name, { weight, story, faults: enabled }]) => [
        code(name),
        String(weight),
        story,
        enabled.length === Object.keys(faults).length ? 'all' : code(...enabled),
      ]),
    ),
  invariants: () =>
    table(
      ['invariant', 'kind', 'what must hold', 'broken by the defects'],
      invariants.map(({ name, kind, story }) => [name, kind, story, brokenBy(name)]),
    ),
  canaries: () =>
    table(
      ['canary', 'breaks', 'what goes wrong'],
      Object.values(subjects.canary!.defects ?? {}).map(({ name, breaks, story }) => [
        code(name),
        breaks.join(', '),
        story,
      ]),
    ),
  defects: () =>
    table(
      ['defect', 'where it comes from', 'family', 'breaks', 'what goes wrong'],
      Object.values(defects).map(({ name, incident, family, breaks, story, isRare }) => [
        code(name),
        incident,
        isRare ? `${code(family)}, rare` : code(family),
        breaks.join(', '),
        story,
      ]),
    ),
}

/** A file of this directory as whoever has installed the package would write it. */
function example(path: string): string {
  const text = readFileSync(new URL(path, directory), 'utf8')
    .replaceAll("'../../src/index.ts'", "'strandline'")
    .replaceAll("'../../src/library/index.ts'", "'strandline/system'")
  return `\`\`\`${extname(path).slice(1)}\n${text}\`\`\``
}

function made(kind: string, name: string, page: string): string {
  if (kind === 'file') return example(name)
  const make = tables[name]
  if (make === undefined) throw new Error(`${page} asks for the table "${name}", which nobody knows`)
  return make()
}

const marked = /(<!-- (table|file): (\S+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g
const check = process.argv.includes('--check')
for (const page of ['../README.md', ...readdirSync(directory).filter((name) => name.endsWith('.md'))]) {
  const url = new URL(page, directory)
  const before = readFileSync(url, 'utf8')
  const after = before.replace(
    marked,
    (_, begin: string, kind: string, name: string, end: string) => `${begin}${made(kind, name, page)}\n${end}`,
  )
  if (after === before) continue
  if (check) {
    console.error(
      `${page === '../README.md' ? 'README.md' : `docs/${page}`} is out of date: run "npx node docs/tables.ts"`,
    )
    process.exitCode = 1
  } else writeFileSync(url, after)
}
