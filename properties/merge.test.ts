/** Shards played by the command line, and merged by it: the sum is what one machine would have found. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mergeShards } from '../src/report/merge.ts'
import { shardFile } from '../src/report/shards.ts'
import { strandline } from './support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'strandline-merge-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Json = Record<string, unknown>

const stress = ['stress', 'toy', '--against', 'late-heartbeat', '--seed', '1', '--scenarios', '91', '--json']
const hunt = ['hunt', 'toy', '--defect', 'torn-write', '--seed', '7', '--scenarios', '2000', '--json']
let whole: Json
const stressed: string[] = []
const hunted: string[] = []

async function shards(words: readonly string[], of: number, name: string): Promise<string[]> {
  const files: string[] = []
  for (let nth = 1; nth <= of; nth++) {
    const { stdout } = await strandline([...words, '--shard', `${nth}/${of}`])
    files.push(file(`${name}-${nth}.json`, stdout))
  }
  return files
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function changed(path: string, name: string, change: (json: Json) => Json): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return file(name, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Json)))
}

beforeAll(async () => {
  const one = strandline(stress)
  stressed.push(...(await shards(stress, 3, 'stress')))
  hunted.push(...(await shards(hunt, 2, 'hunt')))
  whole = JSON.parse((await one).stdout) as Json
}, 120_000)

/** What may differ: the time, the examples, and the curve, which only the whole campaign knows. */
function counted({
  seconds,
  scenariosPerSecond,
  failures,
  discovery,
  discoveryWithin,
  merged,
  shard,
  ...rest
}: Json): Json {
  const { against } = rest
  return against === undefined ? rest : { ...rest, against: counted(against as Json) }
}

describe('merging all shards of a stress run', () => {
  it('gives the numbers of the whole campaign, the test of the two variants among them', async () => {
    const { code, stdout, stderr } = await strandline(['merge', ...stressed.toReversed(), '--json'])
    const merged = JSON.parse(stdout) as Json
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(counted(merged)).toEqual(counted(whole))
    expect(merged).toMatchObject({ scenarios: 91, test: { scenarios: 91 }, discoveryWithin: 'shard' })
    expect(merged.merged).toEqual({ of: 3, shards: [1, 2, 3], missing: [], short: [] })
    expect((whole.test as { violations: Json }).violations.onlySecond).toBeGreaterThan(0)
  })

  it('gives people the same tables', async () => {
    const { stdout } = await strandline(['merge', ...stressed])
    expect(stdout).toMatch(/^stress of toy, seed 1: 3 of 3 shards/)
    expect(stdout).toMatch(/ +pooled over \d+ strategies, family late +91 /)
    expect(stdout).toMatch(/\n +toy with late-heartbeat +91 /)
    expect(stdout).toContain('the same scenarios compared: 91 that both played')
  })

  it('names what is missing, and merges the rest', async () => {
    const { code, stdout, stderr } = await strandline(['merge', stressed[0]!, stressed[2]!, '--json'])
    expect(code).toBe(1)
    expect(stderr).toBe('missing: shard 2/3; this is a part of the campaign\n')
    expect(JSON.parse(stdout)).toMatchObject({ scenarios: 61, merged: { shards: [1, 3], missing: [2] } })
  })

  it('names a shard that was ended early', async () => {
    const short = await changed(stressed[1]!, 'short.json', (json) => ({ ...json, scenarios: 20 }))
    const { stderr } = await strandline(['merge', stressed[0]!, short, stressed[2]!, '--json'])
    expect(stderr).toBe('ended early: shard 2/3\n')
  })

  it('requires what no shard has reached', async () => {
    const { stderr } = await strandline(['merge', ...stressed, '--require-sometimes'])
    const never = whole.neverReached as string[]
    if (never.length > 0) expect(stderr).toContain(`never reached (${never.join(', ')})`)
    const reached = await changed(stressed[0]!, 'never.json', (json) => ({ ...json, neverReached: ['fault full'] }))
    const alone = await strandline(['merge', reached, '--require-sometimes'])
    expect(alone.stderr).toContain('--require-sometimes: a situation was never reached (fault full)')
  })
})

describe('merging a hunt', () => {
  it('unites what was found: one of each invariant, the others counted', async () => {
    const { code, stdout } = await strandline(['merge', ...hunted, '--json'])
    const { failures, violations, command } = JSON.parse(stdout)
    expect({ code, command, violations }).toEqual({ code: 1, command: 'hunt', violations: 2 })
    expect(failures).toEqual([expect.objectContaining({ invariant: 'RECEIPT', others: 1, kind: 'safety' })])
    expect(failures[0].shrunk.commands.length).toBeGreaterThan(0)
    const text = (await strandline(['merge', ...hunted])).stdout
    expect(text).toContain('and in 1 other shard)')
    expect(text).toContain(`npm run -s replay -- ${failures[0].token}`)
  })

  it('exits with 0 where nothing was found, and claims what all scenarios allow', async () => {
    const sound = ['hunt', 'toy', '--seed', '1', '--scenarios', '60', '--json']
    const { code, stdout } = await strandline(['merge', ...(await shards(sound, 2, 'sound'))])
    expect(code).toBe(0)
    expect(stdout).toContain('nothing found: 60 scenarios of toy')
  })
})

describe('curves of shards', () => {
  const curves = async (...points: number[][]) => {
    const json = JSON.parse(JSON.stringify(whole)) as Json
    delete json.against
    return mergeShards(
      points.map((stretches, at) => {
        const discovery = stretches.map((scenarios) => ({ scenarios, newBehaviours: 2 }))
        const shard = { nth: at + 1, of: points.length }
        return shardFile(`${at}`, JSON.stringify({ ...json, discovery, shard }))
      }),
    ).result.discovery
  }

  it('are added stretch by stretch where the stretches are the same', async () => {
    expect((await curves([25, 25, 6], [25, 25])).curve).toEqual([
      { scenarios: 50, newBehaviours: 4 },
      { scenarios: 50, newBehaviours: 4 },
      { scenarios: 6, newBehaviours: 2 },
    ])
  })

  it('are left out where they are not', async () => {
    expect((await curves([25, 25, 6], [50, 50])).curve).toEqual([])
    expect((await curves([25, 25], [50])).curve).toEqual([])
  })
})

describe('what a person gets wrong', () => {
  async function refused(files: readonly string[], sentence: string): Promise<void> {
    const { code, stdout, stderr } = await strandline(['merge', ...files])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^strandline: [^\n]+\n$/)
    expect(stderr).toContain(sentence)
  }

  it('no files, or none that can be read', async () => {
    await refused([], "missing required argument 'files'")
    await refused([join(folder, 'nowhere.json')], 'there is no file')
    await refused([folder], 'is a directory')
    await refused([file('log.json', 'hunting in toy\n')], 'is not JSON')
    await refused([file('empty.json', '')], 'is not JSON')
  })

  it('a result of something else', async () => {
    const { stdout } = await strandline(['defects', 'toy', '--json'])
    await refused(
      [file('defects.json', stdout)],
      'is no result of hunt or stress with --json: its "command" is missing',
    )
    await refused([file('null.json', 'null')], 'is no result of hunt or stress')
    await refused([file('list.json', '[]')], 'its "command"')
    const edited = (name: string, change: (json: Json) => Json) => changed(hunted[0]!, `${name}.json`, change)
    await refused([await edited('negative', (json) => ({ ...json, strands: -1 }))], 'its "strands"')
    await refused([await edited('many', (json) => ({ ...json, violations: 10_000 }))], 'it is not as they write it')
    await refused(
      [await edited('hits', (json) => ({ ...json, broken: [{ name: 'X', hits: 9_999 }] }))],
      'it is not as they',
    )
    await refused([await edited('part', (json) => ({ ...json, shard: { nth: 3, of: 2 } }))], 'its "shard"')
    const token = (json: Json) => ({ ...json, failures: [{ ...(json.failures as Json[])[0], token: 'strand1.x' }] })
    await refused([await edited('token', token)], 'a token in')
    const test = (json: Json) => ({ ...json, test: { scenarios: 5 } })
    await refused([await changed(stressed[0]!, 'test.json', test)], 'its "test.strands"')
  })

  it('shards of different campaigns', async () => {
    const { stdout } = await strandline([...hunt.with(5, '8'), '--shard', '2/2'])
    await refused([hunted[0]!, file('seed.json', stdout)], 'is not of the same campaign as')
    await refused([hunted[0]!, file('seed.json', stdout)], 'seed 8, not 7')
    await refused([stressed[0]!, hunted[1]!], 'command hunt, not stress')
    const differing: [field: string, value: unknown, sentence: string][] = [
      ['subject', 'orchestrator', 'subject orchestrator, not toy'],
      ['defect', null, 'defect none, not torn-write'],
      ['family', 'all', 'family all, not crashes'],
      ['strategy', 'pct', 'strategy pct, not all'],
      ['asked', 500, 'scenarios 500, not 2000'],
      ['shard', { nth: 2, of: 3 }, 'number of shards 3, not 2'],
    ]
    for (const [field, value, sentence] of differing) {
      const other = await changed(hunted[1]!, `${field}.json`, (json) => ({ ...json, [field]: value }))
      await refused([hunted[0]!, other], sentence)
    }
  })

  it('the same shard twice, or what is merged already', async () => {
    await refused([hunted[0]!, hunted[1]!, hunted[0]!], 'shard 1/2 is given twice')
    const { stdout } = await strandline(['merge', ...hunted, '--json'])
    await refused([file('merged.json', stdout)], 'is a merged result already')
  })
})
