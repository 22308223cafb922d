// The simulated process table against the real kernel, in short: what was settled stays settled, a mistake is caught and
// shown, and a machine on which nothing can be compared is told as such. `npm run conformance` does it at length.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCampaign } from '../conformance/campaign.ts'
import { type Comparison, isSkipped, type Planted } from '../conformance/family.ts'
import { processes } from '../conformance/processes/family.ts'
import type { Op } from '../conformance/processes/operation.ts'
import { settled } from '../conformance/processes/settled.ts'
import { divergenceLines, sideBySide } from '../conformance/report.ts'
import { plain } from '../src/report/index.ts'
import { seedText } from './support/seed.ts'

const MAIN = new URL('../conformance/main.ts', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'strandline-test-'))

afterAll(() => rmSync(directory, { recursive: true }))

describe('beside the real kernel', () => {
  let comparison: Comparison<Op> | undefined
  let reason = ''

  beforeAll(async () => {
    const opened = await processes.open()
    if (isSkipped(opened)) reason = `skipped: ${opened.skipped}`
    else comparison = opened
  })
  afterAll(() => comparison?.close())

  const onKernel = (title: string, check: (comparison: Comparison<Op>) => Promise<void>) =>
    test(title, (context) => (comparison === undefined ? context.skip(reason) : check(comparison)))

  for (const { story, ops } of settled) {
    onKernel(`settled: ${story}`, async ({ compare }) => {
      expect((await compare(ops)).divergence).toBeUndefined()
    })
  }

  onKernel('two hundred random sequences agree', async ({ sequences, compare }) => {
    const { divergence, operations } = await runCampaign(sequences, compare, { seed: seedText, sequences: 200 })
    expect(divergence && divergenceLines(divergence, processes, divergence.seed, plain).join('\n')).toBeUndefined()
    expect(operations).toBeGreaterThan(2000)
  })

  onKernel('a planted mistake is caught, shrunk and printed side by side', async ({ sequences, planted }) => {
    const mistake = mistakeOf(planted(), 'SIGKILL from inside ends the init')
    const { divergence } = await runCampaign(sequences, mistake.compare, { seed: 'shown', sequences: 2000 })
    const lines = divergenceLines(divergence!, processes, 'the command', plain)
    expect(lines[0]).toMatch(/^the simulator and the kernel differ, after [\d,]+ operations?:$/)
    expect(divergence?.ops.length).toBeLessThanOrEqual(3)
    expect(lines.filter((line) => line.startsWith('  >'))).toHaveLength(1)
    expect(lines.join('\n')).toMatch(/kill\((1|0|-1), (KILL|STOP)\)/)
    expect(lines.at(-1)).toBe('  repeat: the command')
  })

  onKernel('the seed of a divergence begins at its batch', async ({ sequences, planted }) => {
    const { compare } = mistakeOf(planted(), 'wraps to 300 too early')
    const first = await runCampaign(sequences, compare, { seed: 'again', sequences: 4000 })
    const seed = first.divergence!.seed
    const again = await runCampaign(sequences, compare, { seed, sequences: 100 })
    expect(again.divergence?.ops).toEqual(first.divergence?.ops)
    expect(again.divergence?.again).toBe(3)
  })
})

test('Ctrl-C ends it with 130, and with what was compared so far', async (context) => {
  const run = spawn(process.execPath, [MAIN, '--family', 'processes', '--time', '100'], {
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  let [said, told] = ['', '']
  run.stderr.on('data', (chunk) => {
    said += chunk
    if (said.includes('processes: Linux') && !run.killed) run.kill('SIGINT')
  })
  run.stdout.on('data', (chunk) => {
    told += chunk
  })
  const [code] = await once(run, 'close')
  if (told.includes('skipped')) context.skip(told)
  expect([code, told.split('\n')[0]]).toEqual([130, 'stopped early'])
})

test('the first line that differs is marked, and what only one side says', () => {
  const rows = [
    { operation: '#1 fork()', simulated: 'pid 2; #2 running 2/1/1/1', real: 'pid 2; #2 running 2/1/1/1' },
    { operation: '#2 exit(0)', simulated: '-; #2 gone', real: '-; #2 zombie 2/1/1/1 code 0; #1 running 1/0/1/1' },
  ]
  expect(sideBySide(rows, processes, plain).slice(0, 6)).toEqual([
    '     operation   simulated           kernel',
    '     #1 fork()   pid 2               pid 2',
    '                 #2 running 2/1/1/1  #2 running 2/1/1/1',
    '     #2 exit(0)  -                   -',
    '  >              #2 gone             #2 zombie 2/1/1/1 code 0',
    '                                     #1 running 1/0/1/1',
  ])
})

describe('the command line', () => {
  test('where no namespace can be had it says so, with the reason, and exits with 0', () => {
    const { status, stdout } = conformance([], {
      CC: compilerOf('echo "skipped a pid namespace cannot be had: EPERM"'),
    })
    expect([status, stdout]).toEqual([0, 'processes: skipped: a pid namespace cannot be had: EPERM\n'])
  })

  test('for machines as well', () => {
    const { status, stdout } = conformance(['--json', '--seed', '5'], { CC: compilerOf('echo "skipped for a reason"') })
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      { seed: '5', families: [{ name: 'processes', skipped: 'for a reason' }] },
    ])
  })

  test('without a compiler it says what to do', () => {
    const { status, stderr } = conformance([], { CC: join(directory, 'missing') })
    expect(status).toBe(2)
    expect(stderr).toContain('there is no C compiler')
    expect(stderr).toContain('apt-get install gcc libc6-dev')
  })

  test('a compiler that refuses is quoted', () => {
    const refusing = executable('refusing', 'echo "helper.c:1: error: too old" >&2; exit 1')
    const { status, stderr } = conformance([], { CC: refusing })
    expect([status, stderr.split('\n').at(-2)]).toEqual([
      2,
      `conformance: "${refusing}" could not compile the helper of this test: helper.c:1: error: too old`,
    ])
  })

  test('a helper that dies is a mistake of the tool, and says what it said', () => {
    const dying = compilerOf('echo "ready root 4194304 limited"; echo "no such thing" >&2; read line')
    const { status, stderr } = conformance([], { CC: dying })
    expect(status).toBe(70)
    expect(stderr).toContain('the helper has ended: no such thing')
  })

  test.each([
    { words: ['--time', 'long'], complaint: '--time must be a whole number' },
    { words: ['--operations', '0'], complaint: '--operations must be a whole number' },
    { words: ['--speed', '3'], complaint: "unknown option '--speed'" },
    { words: ['--family', 'proceses'], complaint: 'unknown family "proceses", did you mean "processes"?' },
    { words: ['--seed', ''], complaint: '--seed is empty' },
  ])('$words is refused in one sentence', ({ words, complaint }) => {
    const { status, stderr, stdout } = conformance(words, {})
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1])
    expect(stderr).toContain(complaint)
  })
})

function mistakeOf(planted: readonly Planted<Op>[], story: string): Planted<Op> {
  const found = planted.find((each) => each.story === story)
  if (found === undefined) throw new Error(`no such mistake: ${story}`)
  return found
}

function conformance(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = { ...process.env, STRANDLINE_SEED: '1', NODE_OPTIONS: '', ...environment }
  return spawnSync(process.execPath, [MAIN, '--family', 'processes', ...words], { encoding: 'utf8', env })
}

function executable(name: string, script: string): string {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

/** A compiler whose helper is this script: its words after -o name the file. */
function compilerOf(helper: string): string {
  const source = executable(`helper-${helper.length}`, helper)
  return executable(`compiler-${helper.length}`, `while [ "$1" != -o ]; do shift; done\ncp ${source} "$2"`)
}
