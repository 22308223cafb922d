/** The page about CI: its YAML can be read, its parts fit together, and the command line takes every line that it shows. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addDoctor } from '../src/cli/doctor.ts'
import { addHunt } from '../src/cli/hunt.ts'
import { addMerge } from '../src/cli/merge.ts'
import { addReplay } from '../src/cli/replay.ts'
import { addStress } from '../src/cli/stress.ts'
import { addSweep } from '../src/cli/sweep.ts'
import { parseYaml, type Yaml } from './support/yaml.ts'

const page = readFileSync(new URL('../docs/ci.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({ kind, text: text! }))
const [workflow, jobs] = blocks.filter(({ kind }) => kind === 'yaml').map(({ text }) => parseYaml(text)) as [
  Yaml[],
  Yaml[],
]

/** Follows keys and places; fails where there is nothing. */
function at(value: Yaml, ...path: readonly (string | number)[]): Yaml {
  return path.reduce<Yaml>((inner, key) => {
    const next = (inner as Record<string | number, Yaml>)[key]
    if (next === undefined) throw new Error(`nothing at ${path.join('.')}`)
    return next
  }, value)
}

function run(steps: Yaml, name: string): string {
  const step = (steps as readonly Record<string, string>[]).find((one) => one.name === name)
  return step!.run!
}

describe('the workflow', () => {
  const job = (name: string, ...path: (string | number)[]) => at(workflow[0]!, 'jobs', name, ...path)

  it('has as many shards as its commands say', () => {
    const shards = job('hunt', 'strategy', 'matrix', 'shard') as readonly string[]
    expect(shards).toEqual(['1', '2', '3', '4'])
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the language of the workflow
    expect(run(job('hunt', 'steps'), 'hunt')).toContain('--shard ${{ matrix.shard }}/4 ')
  })

  it('merges what the shards have uploaded, also when one has failed', () => {
    expect([job('merge', 'needs'), job('merge', 'if')]).toEqual(['hunt', 'always()'])
    const uploads = (job('hunt', 'steps') as readonly Yaml[]).at(-1)!
    const download = (job('merge', 'steps') as readonly Yaml[]).at(-2)!
    expect(at(uploads, 'with', 'name')).toMatch(/^hunt-/)
    expect(run(job('hunt', 'steps'), 'hunt')).toContain(` > ${at(uploads, 'with', 'path')}`)
    expect(at(download, 'with', 'pattern')).toBe('hunt-*')
    expect(run(job('merge', 'steps'), 'add them up')).toContain(`${at(download, 'with', 'path')}/*.json`)
  })
})

describe('the Indexed Job', () => {
  const spec = (...path: (string | number)[]) => at(jobs[0]!, 'spec', ...path)

  it('has as many completions as shards', () => {
    const [line] = spec('template', 'spec', 'containers', 0, 'args') as readonly string[]
    expect(spec('completionMode')).toBe('Indexed')
    expect(line).toContain(`--shard $((JOB_COMPLETION_INDEX + 1))/${spec('completions')} `)
    expect(spec('parallelism')).toBe(spec('completions'))
  })

  it('is merged from the volume that its pods write to', () => {
    const pod = (document: Yaml) => at(document, 'spec', 'template', 'spec')
    const [write, read] = jobs.map((document) => at(pod(document), 'containers', 0, 'args', 0)) as [string, string]
    const mounts = jobs.map((document) => at(pod(document), 'containers', 0, 'volumeMounts', 0, 'mountPath'))
    expect(mounts).toEqual(['/results', '/results'])
    expect(write).toContain(' > /results/$JOB_COMPLETION_INDEX.json')
    expect(read).toContain(' /results/*.json')
    expect(at(pod(jobs[0]!), 'volumes')).toEqual(at(pod(jobs[1]!), 'volumes'))
  })
})

/** Parses the words and carries nothing out. */
async function accept(words: readonly string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ outputError: () => undefined })
  for (const add of [addHunt, addReplay, addStress, addSweep, addMerge, addDoctor]) add(program)
  for (const command of program.commands) command.action(() => undefined)
  await program.parseAsync(words, { from: 'user' })
}

/** As a shell and CI would hand them over. */
function wordsOf(line: string): string[] {
  return line
    .replace(/\$\{\{ matrix\.shard \}\}|\$\(\(JOB_COMPLETION_INDEX \+ 1\)\)/g, '1')
    .replace(/ (>|\|\|) .*$/, '')
    .split(' ')
}

describe('every command line on the page', () => {
  const shown = blocks.filter(({ kind }) => kind === 'yaml' || kind === 'sh').map(({ text }) => text)
  const lines = shown.flatMap((text) => [...text.matchAll(/npm run -s (\w+)(?: -- (.*?))?(?: +#.*)?$/gm)])

  it('is found', () => {
    expect(lines.length).toBeGreaterThanOrEqual(10)
    expect(lines.map(([, command]) => command)).toEqual(expect.arrayContaining(['hunt', 'replay', 'stress', 'merge']))
  })

  it.each(lines.map(([, command, rest = '']) => [`${command} ${rest}`]))('is accepted: %s', async (line) => {
    await accept(wordsOf(line))
  })

  it('would be refused if it were wrong', async () => {
    await expect(accept(['stress', '--shard', '9/8'])).rejects.toThrow('--shard must be i/n')
    await expect(accept(['merge'])).rejects.toThrow('missing required argument')
    await expect(accept(['hunt', '--job', 'all'])).rejects.toThrow('unknown option')
  })
})
