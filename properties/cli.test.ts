/** The command line as people and CI use it: exit codes, shapes, and one clear sentence for every mistake. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NotDeterministic, playAgain } from '../src/cli/finding.ts'
import { targetOf } from '../src/cli/target.ts'
import { decodeToken, drawScenario, encodeToken, fromMacrotask, play } from '../src/explore/index.ts'
import { strandline } from './support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'strandline-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface HuntJson {
  scenarios: number
  strands: number
  violations: number
  strategies: { name: string; scenarios: number; violations: number }[]
  failures: {
    invariant: string
    reason: string
    token: string
    shrunk: { commands: unknown[]; constraints: string[] }
  }[]
  [field: string]: unknown
}

/** One hunt that finds something; several stories begin with it. */
const hunt = ['hunt', 'toy', '--defect', 'torn-write', '--seed', '7']
let found: HuntJson
let token: string

beforeAll(async () => {
  const { stdout } = await strandline([...hunt, '--json'])
  found = JSON.parse(stdout) as HuntJson
  token = found.failures[0]!.token
}, 60_000)

describe('hunt', () => {
  it('exits with 0 and says what it went through when nothing is found', async () => {
    const { code, stdout } = await strandline(['hunt', 'toy', '--seed', '1', '--scenarios', '60'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^hunting in toy, all families, all strategies, 60 scenarios, seed 1\n/)
    expect(stdout).toContain('nothing found: 60 scenarios of toy')
    expect(stdout).toContain('with 95 % confidence fewer than')
  })

  it('exits with 1 and tells who did what, which invariant broke and why, and how to see it again', async () => {
    const { code, stdout } = await strandline(hunt)
    expect(code).toBe(1)
    expect(stdout).toMatch(/time {2}who +what\n/)
    expect(stdout).toMatch(
      /broken +RECEIPT: every done item has a receipt\n +because +item \d is done and has no receipt/,
    )
    expect(stdout).toContain(`\nnpm run -s replay -- ${token}\n`)
    const story = stdout.slice(stdout.indexOf('who'), stdout.indexOf('broken   ')).split('\n')
    expect(story.length).toBeLessThanOrEqual(18)
  })

  it('prints one object in the promised shape', () => {
    expect(found).toMatchObject({
      subject: 'toy',
      defect: 'torn-write',
      seed: '7',
      violations: 1,
      strands: 0,
      strandsPerThousand: 0,
      interval: { low: 0, confidence: 0.95 },
      failures: [{ invariant: 'RECEIPT', reason: expect.stringMatching(/^item \d is done and has no receipt$/) }],
    })
    const { sometimes, strategies, seconds, scenariosPerSecond } = found
    expect(sometimes).toContainEqual({ name: 'fault crashInStatement', hits: expect.any(Number) })
    expect(strategies).toContainEqual(expect.objectContaining({ name: 'random', scenarios: expect.any(Number) }))
    expect([typeof seconds, typeof scenariosPerSecond]).toEqual(['number', 'number'])
    const { commands, constraints } = found.failures[0]!.shrunk
    expect(commands).toEqual([expect.objectContaining({ id: expect.stringMatching(/^c\d/), at: expect.anything() })])
    expect(constraints).toContainEqual(expect.stringMatching(/^crashInStatement strikes at statement \d of c\d/))
  })

  it('finds the same with several threads as with one', async () => {
    const timeless = ({ seconds, scenariosPerSecond, ...rest }: HuntJson) => rest
    for (const jobs of ['2', '3']) {
      const { code, stdout } = await strandline([...hunt, '--json', '--jobs', jobs])
      expect(code).toBe(1)
      expect(timeless(JSON.parse(stdout) as HuntJson)).toEqual(timeless(found))
    }
  })

  it('takes its seed and its number of scenarios from the environment', async () => {
    const env = { STRANDLINE_SEED: 'f17b48b', STRANDLINE_SCENARIOS: '20' }
    const { code, stdout, stderr } = await strandline(['hunt', 'toy', '--json'], { env })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ seed: 'f17b48b', scenarios: 20, failures: [] })
    expect(stderr).toContain('seed f17b48b (from STRANDLINE_SEED)')
  })

  it('says the random seed first', async () => {
    const { stdout } = await strandline(['hunt', 'toy', '--scenarios', '5'])
    expect(stdout.split('\n')[0]).toMatch(/seed (\d+) \(random; --seed \1 repeats it\)$/)
  })

  it('ends after the given time', async () => {
    const { code, stdout } = await strandline(['hunt', 'toy', '--seed', '1', '--time', '1', '--json'])
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as HuntJson).seconds).toBeLessThan(5)
  })

  it('ends cleanly at Ctrl-C and says what was played', async () => {
    for (const jobs of ['1', '2']) {
      const words = ['hunt', 'toy', '--seed', '1', '--scenarios', '1000000', '--jobs', jobs]
      const { code, stdout, stderr } = await strandline(words, { interruptMs: 1_500 })
      expect(code).toBe(130)
      expect(stdout).toMatch(/nothing found: [\d,]+ scenarios/)
      expect(stderr).toContain('stopping here')
    }
  })
})

describe('replay', () => {
  it('exits with 1 and tells the story while the failure is there', async () => {
    const { code, stdout } = await strandline(['replay', token])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^still fails: toy with torn-write breaks RECEIPT, step by step as recorded\n/)
    expect(stdout).toMatch(/because {2}item \d is done and has no receipt/)
  })

  it('exits with 0 when the failure is gone, and says so', async () => {
    const repaired = encodeToken({ ...decodeToken(token), defect: undefined })
    const { code, stdout } = await strandline(['replay', repaired])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^no longer fails: toy came to rest/)
  })

  it('takes the token out of a log', async () => {
    const file = join(folder, 'ci.log')
    writeFileSync(file, `12:00 failed\n12:01 replay -- ${token}\n12:02 done\n`)
    expect((await strandline(['replay', file])).code).toBe(1)
  })

  it('says how many of the recorded choices no longer occur', async () => {
    const stale = encodeToken({ ...decodeToken(token), choices: new Map([['c9/gone/delay', 400]]) })
    const { code, stdout } = await strandline(['replay', stale])
    expect(code).toBe(0)
    expect(stdout).toContain('1 of its 1 choices no longer occur: c9/gone/delay')
  })

  it('tells everything with --trace, as an object with --json', async () => {
    const { stdout } = await strandline(['replay', token, '--trace', '--json'])
    const { fails, failures, trace } = JSON.parse(stdout)
    expect(fails).toBe(true)
    expect(failures).toEqual([expect.objectContaining({ invariant: 'RECEIPT', kind: 'safety' })])
    expect(trace[0]).toEqual({ atMs: expect.any(Number), actor: 'server0.0', text: 'starts as pid 2' })
  })
})

describe('stress', () => {
  it('never stops early, and counts alike with one thread and with two', async () => {
    const words = ['stress', 'toy', '--defect', 'late-heartbeat', '--seed', '1', '--scenarios', '60', '--json']
    const [one, two] = await Promise.all([strandline(words), strandline([...words, '--jobs', '2'])])
    expect([one.code, two.code]).toEqual([0, 0])
    const counted = ({ scenarios, strands, violations, strategies, failures }: HuntJson) => {
      return { scenarios, strands, violations, strategies, broken: failures.map(({ invariant }) => invariant) }
    }
    const result = counted(JSON.parse(one.stdout) as HuntJson)
    expect(counted(JSON.parse(two.stdout) as HuntJson)).toEqual(result)
    expect(result.scenarios).toBe(60)
    expect(result.violations).toBeGreaterThan(0)
    expect(result.strategies.reduce((sum, { scenarios }) => sum + scenarios, 0)).toBe(60)
  })

  it('shows a defect beside the sound subject on the same seeds', async () => {
    const words = ['stress', 'toy', '--against', 'late-heartbeat', '--seed', '1', '--scenarios', '60']
    const [text, json] = await Promise.all([strandline(words), strandline([...words, '--json'])])
    expect(text.code).toBe(0)
    expect(text.stdout).toMatch(/side by side[^\n]*\n[^\n]*\n +toy +60 [^\n]*\n +toy with late-heartbeat +60 /)
    const { defect, violations, against, ratio } = JSON.parse(json.stdout)
    expect([defect, violations, against.defect, ratio.violations]).toEqual([null, 0, 'late-heartbeat', null])
    expect(against.violations).toBeGreaterThan(0)
  })

  it('shares a hunt between shards without playing anything twice', async () => {
    const words = ['hunt', 'toy', '--seed', '1', '--scenarios', '31', '--json']
    const shards = await Promise.all(['1/2', '2/2'].map((shard) => strandline([...words, '--shard', shard])))
    expect(shards.map(({ stdout }) => (JSON.parse(stdout) as HuntJson).scenarios)).toEqual([16, 15])
  })
})

it('lists the defects, for people and for machines', async () => {
  const [text, json] = await Promise.all([strandline(['defects', 'toy']), strandline(['defects', 'toy', '--json'])])
  expect(text.stdout).toMatch(/\ntorn-write\n {2}a server dies [\w ]+\n {2}family crashes, breaks RECEIPT, from toy\n/)
  const { defects } = JSON.parse(json.stdout)
  expect(defects).toContainEqual({
    name: 'torn-write',
    incident: 'toy',
    family: 'crashes',
    breaks: ['RECEIPT'],
    story: 'a server dies between two statements that belong together',
    isRare: false,
  })
})

it('doctor finds a sound machine sound', async () => {
  const { code, stdout } = await strandline(['doctor', 'toy', '--seed', '1', '--scenarios', '40'])
  expect(code).toBe(0)
  expect(stdout.match(/^ {2}ok /gm)).toHaveLength(11)
})

it('a scenario that goes another way the second time is recognised', async () => {
  const target = targetOf('toy', undefined)
  const drawn = drawScenario(target.played, { seed: '1', family: undefined, strategy: undefined }, 0)
  await fromMacrotask(() => {
    const { hash } = play(target.played, drawn)
    expect(playAgain(target, drawn, hash).hash).toBe(hash)
    expect(() => playAgain(target, drawn, hash + 1)).toThrow(NotDeterministic)
  })
})

describe('what a person gets wrong', () => {
  const whole = 'must be a whole number'
  const mistakes: [words: string[], sentence: string][] = [
    [[], 'say what to do: hunt, replay'],
    [['hunnt'], 'unknown command "hunnt", did you mean "hunt"?'],
    [['--wrong'], "unknown option '--wrong'"],
    [['hunt', '--sceanrios', '3'], '(Did you mean --scenarios?)'],
    [['hunt', 'tox'], 'unknown subject "tox", did you mean "toy"?'],
    [['hunt', 'toString'], 'unknown subject "toString"'],
    [['hunt', 'toy', 'toy'], "too many arguments for 'hunt'"],
    [['hunt', 'toy', '--defect', 'torn'], 'unknown defect "torn" of toy'],
    [['hunt', 'toy', '--family', 'stedy'], 'unknown family "stedy" of toy, did you mean "steady"?'],
    [['hunt', 'toy', '--strategy', 'pcl'], 'did you mean "pct"?'],
    [['hunt', 'toy', '--scenarios', '-5'], `--scenarios ${whole}`],
    [['hunt', 'toy', '--scenarios', '1.5'], `--scenarios ${whole}`],
    [['hunt', 'toy', '--scenarios', '0'], `--scenarios ${whole}`],
    [['hunt', 'toy', '--scenarios', '99999999999999999999'], `--scenarios ${whole}`],
    [['hunt', 'toy', '--scenarios'], 'argument missing'],
    [['hunt', 'toy', '--time', 'soon'], `--time ${whole}`],
    [['hunt', 'toy', '--jobs', '1000'], `--jobs ${whole}`],
    [['hunt', 'toy', '--shard', '3/2'], '--shard must be i/n with i from 1 to n'],
    [['hunt', 'toy', '--shard', 'half'], '--shard must be i/n'],
    [['stress', 'toy', '--shard', '0/2'], '--shard must be i/n'],
    [['stress', 'toy', '--jobs', 'most'], `--jobs ${whole}`],
    [['hunt', 'toy', '--seed', ' '], '--seed is empty'],
    [['stress', 'toy', '--against', 'nothing'], 'unknown defect "nothing" of toy'],
    [['defects', 'nothing'], 'unknown subject "nothing"'],
    [['doctor', 'toy', '--scenarios', 'many'], `--scenarios ${whole}`],
    [['replay'], 'give the token that hunt printed'],
    [['replay', ''], 'the token is empty'],
    [['replay', 'strand1'], 'is neither a token'],
    [['replay', 'strand9.toy.abc.00000000'], 'the token has format 9'],
    [['replay', join(folder, 'nowhere')], 'nor a file that exists'],
    [['replay', folder], 'is a directory'],
  ]
  it.concurrent.each(mistakes)('%j', async (words, sentence) => {
    await expectOneSentence(words, sentence)
  })

  it('a token that was cut off, edited, or is of something that is not here', async () => {
    const decoded = decodeToken(token)
    const at = Math.floor(token.length / 2)
    const edited = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    await expectOneSentence(['replay', token.slice(0, -1)], 'the token is cut off')
    await expectOneSentence(['replay', token.slice(0, at)], 'the token is cut off')
    await expectOneSentence(['replay', edited], 'its check digits do not fit')
    const elsewhere = encodeToken({ ...decoded, subject: 'elsewhere' })
    await expectOneSentence(['replay', elsewhere], 'the token cannot be replayed here: unknown subject "elsewhere"')
    const cured = encodeToken({ ...decoded, defect: 'cured' })
    await expectOneSentence(['replay', cured], 'the token cannot be replayed here: unknown defect "cured" of toy')
  })

  it('a file without a token', async () => {
    const file = join(folder, 'empty.log')
    writeFileSync(file, 'nothing here\n')
    await expectOneSentence(['replay', file], 'there is no token in the file')
  })

  it('an environment that makes no sense', async () => {
    await expectOneSentence(['hunt', 'toy'], `STRANDLINE_SCENARIOS ${whole}`, { STRANDLINE_SCENARIOS: 'many' })
    await expectOneSentence(['hunt', 'toy'], 'STRANDLINE_SEED is longer', { STRANDLINE_SEED: 'x'.repeat(1_000) })
  })
})

async function expectOneSentence(words: string[], sentence: string, env: Record<string, string> = {}): Promise<void> {
  const { code, stdout, stderr } = await strandline(words, { env })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^strandline: [^\n]+\n$/)
  expect(stderr).toContain(sentence)
  expect(stderr).not.toMatch(/ at .*:\d+/)
}

describe('a mistake of the tool itself', () => {
  // Seeds are drawn once, before anything runs: as good a place to break as any.
  const broken = [
    'import crypto from "node:crypto"',
    'import { syncBuiltinESMExports } from "node:module"',
    'crypto.randomInt = () => { throw new Error("no more numbers") }',
    'syncBuiltinESMExports()',
  ].join(';')
  const node = ['--import', `data:text/javascript,${encodeURIComponent(broken)}`]

  it('is one sentence that says how to report it', async () => {
    const { code, stderr } = await strandline(['hunt', 'toy'], { node })
    expect(code).toBe(70)
    expect(stderr).toMatch(
      /^strandline: this is a mistake of the tool itself: no more numbers\. Please report it[^\n]+\n$/,
    )
  })

  it('shows where it happened when asked to', async () => {
    const { stderr } = await strandline(['hunt', 'toy'], { node, env: { STRANDLINE_DEBUG: '1' } })
    expect(stderr).toContain('    at ')
  })
})
