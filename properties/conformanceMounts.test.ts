// The simulated files and mounts against the real kernel, in short; `npm run conformance -- --family mounts` does it at
// length. And what several do at once: recursive removals of real programs must come to what the simulator holds possible.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { runCampaign } from '../conformance/campaign.ts'
import { type Comparison, isSkipped } from '../conformance/family.ts'
import { mounts } from '../conformance/mounts/family.ts'
import { mistakes } from '../conformance/mounts/mistakes.ts'
import type { Op } from '../conformance/mounts/operation.ts'
import { filesWith } from '../conformance/mounts/plantedFiles.ts'
import { settled } from '../conformance/mounts/settled.ts'
import { divergenceLines } from '../conformance/report.ts'
import { plain } from '../src/report/index.ts'
import type { FileSystem, RemovalKind } from '../src/sim/files/index.ts'
import { noNamespaces, unshared } from './support/hostHouse.ts'
import { simulatedHost } from './support/incident1/simulated.ts'
import { tell } from './support/incident1/story.ts'
import { outcomesOf } from './support/removalOutcomes.ts'
import { type Outcome, scenarios } from './support/removalScenario.ts'
import { seedText } from './support/seed.ts'

describe('beside the real kernel', () => {
  let comparison: Comparison<Op> | undefined
  let reason = ''

  beforeAll(async () => {
    const opened = await mounts.open()
    if (isSkipped(opened)) reason = `skipped: ${opened.skipped}`
    else comparison = opened
  })
  afterAll(() => comparison?.close())

  const onKernel = (title: string, check: (comparison: Comparison<Op>) => Promise<void>) =>
    test(title, (context) => (comparison === undefined ? context.skip(reason) : check(comparison)))

  for (const { story, ops } of settled) {
    onKernel(`settled: ${story}`, async ({ compare }) => {
      const { divergence, operations } = await compare(ops)
      expect(divergence).toBeUndefined()
      // None of them is left out, and at the end everybody looks around.
      expect(operations).toBeGreaterThan(ops.length)
    })
  }

  onKernel('two hundred random sequences agree', async ({ sequences, compare }) => {
    const { divergence, operations } = await runCampaign(sequences, compare, { seed: seedText, sequences: 200 })
    expect(divergence && divergenceLines(divergence, mounts, divergence.seed, plain).join('\n')).toBeUndefined()
    expect(operations).toBeGreaterThan(5000)
  })

  onKernel('a planted mistake is caught, shrunk and printed side by side', async ({ sequences, planted }) => {
    const mistake = planted().find(({ story }) => story === 'full comes before busy')!
    const { divergence } = await runCampaign(sequences, mistake.compare, { seed: 'shown', sequences: 2000 })
    const lines = divergenceLines(divergence!, mounts, 'the command', plain)
    expect(lines[0]).toMatch(/^the simulator and the kernel differ, after [\d,]+ operations?:$/)
    expect(divergence?.ops.length).toBeLessThanOrEqual(5)
    expect(lines.filter((line) => line.startsWith('  >'))).toEqual([expect.stringMatching(/ENOTEMPTY +EBUSY$/)])
    expect(lines.at(-1)).toBe('  repeat: the command')
  })
})

test('each mistake can be planted, and the files that are built without any are the files', () => {
  expect(new Set(mistakes.map(({ story }) => story)).size).toBe(mistakes.length)
  for (const mistake of mistakes) expect(filesWith([mistake]).name).toBe('FileSystem')
  const files: FileSystem = new (filesWith([]))()
  const view = files.view({ namespace: files.initial, uid: 0 })
  expect([view.mkdir('/a'), view.rmdir('/a/b'), view.stat('/a')]).toEqual([
    'ok',
    'ENOENT',
    { kind: 'directory', nlink: 2, size: 0, uid: 0, generation: 2 },
  ])
})

const why = noNamespaces()
const supports = (path: string) => fileURLToPath(new URL(`support/${path}`, import.meta.url))

/** What a script prints in a mount namespace of its own, with a directory that is gone afterwards. */
function inNamespace<Line>(script: string, ...words: readonly string[]): Line[] {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-mounts-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const command = unshared([process.execPath, supports(script), directory, ...words])
  const env = { ...process.env, NODE_OPTIONS: '' }
  const printed = execFileSync(...command, { encoding: 'utf8', env })
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

describe('a recursive removal for real', () => {
  const DESTROYED = 'mkdir z EEXIST, mkdir z/q EEXIST, write z/q/y ok'

  test('R1 to R3: fs.promises.rm fails at a mountpoint, goes on, and destroys what is made anew', ({ skip }) => {
    skip(why !== undefined, why)
    const told = inNamespace<Outcome>('removalScript.ts', 'mountpointWithin', 'promises', '40')
    const possible = outcomesOf(scenarios.mountpointWithin, 'promises')
    expect(told).toHaveLength(40)
    for (const outcome of told) expect(possible).toContain(JSON.stringify(outcome))
    expect(told).toContainEqual(['EBUSY /t/m', DESTROYED, 't t/m t/m/s'])
    // A removal that stopped at its error could not do that: the comparison would notice.
    expect([...outcomesOf(scenarios.mountpointWithin, 'sequential')]).toEqual([
      JSON.stringify(['EBUSY /t/m', DESTROYED, 't t/m t/m/s t/z t/z/q t/z/q/y']),
    ])
  })

  test('R9, R10: fs.promises.rm against two who go on writing comes to what the simulator holds possible', ({
    skip,
  }) => {
    skip(why !== undefined, why)
    const told = inNamespace<Outcome>('removalScript.ts', 'writers', 'promises', '100')
    const possible = outcomesOf(scenarios.writers, 'promises')
    expect(told).toHaveLength(100)
    for (const outcome of told) expect(possible).toContain(JSON.stringify(outcome))
  })

  for (const kind of ['sequential', 'sync26', 'coreutils'] satisfies RemovalKind[]) {
    test(`R4, R6, R7: ${kind} at a mountpoint leaves what the simulator says, and fails with the same error`, ({
      skip,
    }) => {
      skip(why !== undefined, why)
      skip(kind === 'sync26' && !process.version.startsWith('v26.'), `rmSync of Node.js 26, not ${process.version}`)
      const [told] = inNamespace<Outcome>('removalScript.ts', 'mountpointWithin', kind, '1')
      expect([...outcomesOf(scenarios.mountpointWithin, kind)]).toEqual([JSON.stringify(told)])
    })
  }
})

describe('what incident 1 rests on', () => {
  for (const kind of ['promises', 'sequential'] as const) {
    test(`A5 to A7: ${kind} removes the directory of a container, which goes on unseen`, async ({ skip }) => {
      skip(why !== undefined, why)
      const [told] = inNamespace('incident1/host.ts', kind)
      expect(told).toMatchObject({
        'the host removes the directory': 'ok',
        'it makes a file': 'ENOENT',
        'the container still sees': '',
        'another container sees': 'log second',
      })
      expect(await tell(simulatedHost(kind))).toEqual(told)
    })
  }
})
