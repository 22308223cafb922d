// A run is a pure function of its scenario and its choices: not of the process it is in, of what ran before, of time zone
// and language, nor of how busy the machine is.

import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { drawScenario, fromMacrotask, play, runCampaign, simulate } from '../src/explore/index.ts'
import { toy } from '../src/subjects/toy/toy.ts'
import { seedText } from './support/seed.ts'
import { tinyScenario, tinySubject } from './support/tinySubject.ts'

const SCENARIOS = 150
const draw = { seed: seedText, family: undefined, strategy: undefined }
const script = new URL('./support/campaignScript.ts', import.meta.url).pathname

async function here(seed: string, first = 0, scenarios = SCENARIOS): Promise<string> {
  const { hash, steps } = await runCampaign(toy, { ...draw, seed, first, scenarios })
  return `${hash} ${steps}`
}

function elsewhere(env: NodeJS.ProcessEnv = {}, flags: string[] = [], first = 0, scenarios = SCENARIOS) {
  const argv = [...flags, script, seedText, String(first), String(scenarios)]
  const child = spawn(process.execPath, argv, { env: { ...process.env, ...env } })
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  return new Promise<string>((resolve) => child.on('close', () => resolve(said)))
}

function runAt(index: number) {
  return fromMacrotask(() => play(toy, drawScenario(toy, draw, index)))
}

describe('equal seeds', () => {
  test('give equal campaigns, other seeds others', async () => {
    const hash = await here(seedText)
    expect(await here(seedText)).toBe(hash)
    expect(await here(`${seedText}!`)).not.toBe(hash)
  })

  test('in another process, in another time zone and language, with another collector and compiler', async () => {
    const hash = await here(seedText)
    const abroad = { TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', NODE_ENV: 'production' }
    expect(await elsewhere(abroad)).toBe(hash)
    expect(await elsewhere({ TZ: 'UTC' }, ['--max-semi-space-size=1', '--no-opt'])).toBe(hash)
  })

  test('while others burn the cores', async () => {
    const hash = await here(seedText)
    const burners = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);']))
    try {
      expect(await elsewhere()).toBe(hash)
    } finally {
      for (const burner of burners) burner.kill('SIGKILL')
    }
  })
})

describe('what ran before', () => {
  test('leaves no trace in a scenario: the 58th alone is the 58th after 57 others', async () => {
    const alone = await elsewhere({}, [], 57, 58)
    await here(seedText, 0, 57)
    expect(await here(seedText, 57, 58)).toBe(alone)
  })

  test('may have been another subject, or a mutant on the same tables', async () => {
    const before = await Promise.all(Array.from({ length: 20 }, (_, index) => runAt(index)))
    const { mutant } = toy.defects!['late-heartbeat']!
    await runCampaign(mutant, { ...draw, scenarios: 20 })
    const tiny = tinySubject(async ({ life }) => {
      await life.ports.clock.sleep(5)
    })
    await simulate(tiny, tinyScenario(), { choices: { kind: 'seed', seed: 1 } })
    for (const { hash, scenario } of before) {
      const again = await runAt(before.findIndex((run) => run.scenario === scenario))
      expect(again.hash).toBe(hash)
    }
  })

  test('may have changed the schema: its image is made anew', async () => {
    const hash = (await runAt(3)).hash
    const vandal = tinySubject(async ({ life }) => {
      life.ports.database.exec('CREATE TABLE graffiti (id INTEGER); INSERT INTO graffiti VALUES (1)')
    })
    const how = { choices: { kind: 'seed', seed: 1 } } as const
    const first = await simulate(vandal, tinyScenario(), how)
    const second = await simulate(vandal, tinyScenario(), how)
    expect(second.failures).toEqual(first.failures)
    expect(second.failures).toEqual([])
    expect(second.hash).toBe(first.hash)
    expect((await runAt(3)).hash).toBe(hash)
  })
})

describe('the hash of a run', () => {
  const written = (text: string) =>
    tinySubject(async ({ life: { ports } }) => {
      await ports.pool.run({ name: 'mark' }, () => ports.database.prepare('INSERT INTO marks VALUES (1, ?)').run(text))
    })
  const how = { choices: { kind: 'seed', seed: 1 } } as const

  test('tells apart runs that differ in their data alone', async () => {
    const [one, same, other] = [
      await simulate(written('a'), tinyScenario(), how),
      await simulate(written('a'), tinyScenario(), how),
      await simulate(written('b'), tinyScenario(), how),
    ]
    expect(same.hash).toBe(one.hash)
    expect(other.hash).not.toBe(one.hash)
    expect(other.steps).toBe(one.steps)
  })

  test('shows a subject that keeps something between runs', async () => {
    let runs = 0
    const forgetful = tinySubject(async ({ life: { ports } }) => {
      runs++
      await ports.clock.sleep(runs)
    })
    const first = await simulate(forgetful, tinyScenario(), how)
    expect((await simulate(forgetful, tinyScenario(), how)).hash).not.toBe(first.hash)
  })
})

describe('randomness', () => {
  test('follows from the profile, so that a replay draws the same', async () => {
    const drawnBy = async (entropy: number, choices: { kind: 'seed'; seed: number } | { kind: 'record' }) => {
      const drawn: unknown[] = []
      const subject = tinySubject(async ({ life: { ports } }) => {
        const { random, pool, database } = ports
        drawn.push(random.token(), random.unit(), random.token())
        await pool.run({ name: 'sql' }, () =>
          drawn.push(database.prepare("SELECT random() AS n, hex(randomblob(8)) AS blob, datetime('now') AS at").get()),
        )
        await ports.clock.sleep(1_000)
        drawn.push(random.unit(), ports.clock.nowMs())
      })
      const source = choices.kind === 'seed' ? choices : { kind: 'record' as const, overrides: new Map() }
      await simulate(subject, tinyScenario({ entropy }), { choices: source })
      return drawn
    }
    const drawn = await drawnBy(7, { kind: 'seed', seed: 1 })
    expect(drawn).toHaveLength(6)
    expect(drawn[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(drawn[0]).not.toBe(drawn[2])
    expect(await drawnBy(7, { kind: 'seed', seed: 2 })).toEqual(drawn)
    expect(await drawnBy(7, { kind: 'record' })).toEqual(drawn)
    const others = await drawnBy(8, { kind: 'seed', seed: 1 })
    expect(others.filter((value, at) => value === drawn[at]).length).toBe(1)
  })
})
