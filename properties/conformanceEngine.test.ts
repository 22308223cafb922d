// The simulated engine beside a Docker Engine, in short: what was settled stays settled, random sequences agree, a
// mistake is caught. `npm run conformance -- --family engine` does it at length.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCampaign } from '../conformance/campaign.ts'
import { type Engine, startEngine } from '../conformance/engine/dockerd.ts'
import { engine } from '../conformance/engine/family.ts'
import { allOutcomes, follow } from '../conformance/engine/interleavings.ts'
import { mistakes } from '../conformance/engine/mistakes.ts'
import type { Op } from '../conformance/engine/operation.ts'
import { engineWith } from '../conformance/engine/plantedEngine.ts'
import { settled } from '../conformance/engine/settled.ts'
import { type Comparison, isSkipped } from '../conformance/family.ts'
import { divergenceLines } from '../conformance/report.ts'
import { plain } from '../src/report/index.ts'
import { seedText } from './support/seed.ts'

const STARTER = `
import { startEngine } from ${JSON.stringify(new URL('../conformance/engine/dockerd.ts', import.meta.url).href)}
console.log((await startEngine()).root)
process.kill(process.pid, 'SIGKILL')`

describe('beside a real engine', () => {
  let comparison: Comparison<Op> | undefined
  let reason = ''

  beforeAll(async () => {
    const opened = await engine.open()
    if (isSkipped(opened)) reason = `skipped: ${opened.skipped}`
    else comparison = opened
  })
  afterAll(() => comparison?.close())

  const onEngine = (title: string, check: (comparison: Comparison<Op>) => Promise<void>) =>
    test(title, (context) => (comparison === undefined ? context.skip(reason) : check(comparison)))

  for (const { story, ops } of settled) {
    onEngine(`settled: ${story}`, async ({ compare }) => {
      const { divergence, operations } = await compare(ops)
      expect(divergence).toBeUndefined()
      expect(operations).toBeGreaterThan(2)
    })
  }

  onEngine('sixty random operations agree', async ({ sequences, compare }) => {
    const { divergence, operations } = await runCampaign(sequences, compare, { seed: seedText, operations: 60 })
    expect(divergence && divergenceLines(divergence, engine, divergence.seed, plain).join('\n')).toBeUndefined()
    expect(operations).toBeGreaterThanOrEqual(60)
  })

  onEngine('a planted mistake is caught, and shown side by side', async ({ planted }) => {
    const mistake = planted().find(({ story }) => story === 'a name is free as soon as its removal begins')!
    const { story, ops } = settled[1]!
    expect(story).toBe('while a removal is under way the name is taken, and nobody else may remove it')
    const { divergence } = await mistake.compare(ops)
    expect(divergence?.at(-1)?.operation).toBe(
      'remove by force a0, meanwhile create a0, deaf, meanwhile remove a0, meanwhile remove by force a0',
    )
    expect(divergence?.at(-1)?.real).toBe('204 late, 409, 409, 409; a0 nobody')
    expect(divergence?.at(-1)?.simulated).toMatch(/^204 late, 201,/)
  })
})

test('nothing is left of an engine whose starter was killed', async (context) => {
  const probe = await startEngine()
  if (isEngine(probe)) await probe.stop()
  else context.skip(`skipped: ${probe.skipped}`)
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', STARTER], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  expect(signal).toBe('SIGKILL')
  const root = stdout.trim()
  expect(root).toMatch(/^\/proc\/\d+\/root$/)
  await expect.poll(() => existsSync(root.replace('/root', '')), { timeout: 10_000 }).toBe(false)
  expect(existsSync(`/sys/fs/cgroup/freezer/strandline-engine-${root.split('/')[2]}`)).toBe(false)
})

test('without the rights there is a reason', () => {
  const script = `import { startEngine } from ${JSON.stringify(new URL('../conformance/engine/dockerd.ts', import.meta.url).href)}
process.setuid?.(65534)
console.log(JSON.stringify(await startEngine()))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  expect(JSON.parse(stdout)).toEqual({ skipped: 'a Docker Engine of its own needs root' })
})

describe('every order is tried', () => {
  test('each once, and the same decisions lead there again', () => {
    const shuffle = (choose: (among: number) => number) => {
      const left = ['a', 'b', 'c']
      return left
        .slice()
        .map(() => left.splice(choose(left.length), 1)[0])
        .join('')
    }
    const found = allOutcomes(shuffle)
    expect([...found.keys()]).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    for (const [outcome, decisions] of found) expect(shuffle(follow(decisions))).toBe(outcome)
  })

  test('and where there are too many it says so', () => {
    expect(() => allOutcomes((choose) => `${choose(200)}${choose(200)}`)).toThrow('more than 20000 interleavings')
  })
})

test.each(mistakes)('the source still says what "$story" changes', (mistake) => {
  expect(typeof engineWith(mistake)).toBe('function')
})

function isEngine(started: Engine | { readonly skipped: string }): started is Engine {
  return !('skipped' in started)
}
