/** Campaigns in real processes: how they are interrupted, what they must reach, and that threads change nothing. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { strandline } from './support/cli.ts'

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Sends SIGINT `afterMs` after the process has said the first of these on standard error, and again at the next. */
function interruptedAt(words: readonly string[], said: readonly string[], afterMs = 0): Promise<Ended> {
  const { STRANDLINE_SEED: _, STRANDLINE_SCENARIOS: __, ...env } = process.env
  const child = spawn(process.execPath, [main, ...words], { env })
  const waiting = [...said]
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    while (waiting.length > 0 && stderr.includes(waiting[0]!)) {
      waiting.shift()
      if (afterMs === 0) child.kill('SIGINT')
      else setTimeout(() => child.kill('SIGINT'), afterMs)
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

const endless = ['stress', 'toy', '--seed', '1', '--scenarios', '100000000', '--json']

describe('Ctrl-C during a stress run', () => {
  it.each(['1', '2'])(
    'with %s threads prints the scenarios that were played, and nothing was found: 130',
    async (jobs) => {
      const { code, stdout, stderr } = await interruptedAt([...endless, '--jobs', jobs], ['stressing toy'])
      expect(stderr).toContain('stopping here')
      const { scenarios, asked, strategies } = JSON.parse(stdout)
      expect({ code, asked }).toEqual({ code: 130, asked: 100_000_000 })
      expect(scenarios).toBeLessThan(10_000)
      expect(strategies.reduce((sum: number, one: { scenarios: number }) => sum + one.scenarios, 0)).toBe(scenarios)
    },
  )

  it('keeps what it has found, with its token, and then exits with 0', async () => {
    const found = ['stress', 'toy', '--defect', 'torn-write', '--seed', '7', '--scenarios', '100000000', '--json']
    const { code, stdout } = await interruptedAt(found, ['stressing toy'], 1_500)
    const { scenarios, violations, failures } = JSON.parse(stdout)
    expect(scenarios).toBeGreaterThan(0)
    // A machine that is too slow to find it meanwhile has nothing to show.
    expect([code, failures.length > 0]).toEqual(violations > 0 ? [0, true] : [130, false])
  })

  it('a second time ends it at once', async () => {
    // Threads that are still being started keep it from ending by itself meanwhile.
    const { code, signal, stdout } = await interruptedAt(
      [...endless, '--jobs', '2'],
      ['stressing toy', 'stopping here'],
    )
    expect({ code, signal, stdout }).toEqual({ code: null, signal: 'SIGINT', stdout: '' })
  })
})

describe('what must be reached', () => {
  it('is named by every campaign, and fails it only when that is asked for', async () => {
    for (const command of ['hunt', 'stress']) {
      const words = [command, 'toy', '--seed', '1', '--scenarios', '6']
      const [plain, asked] = await Promise.all([strandline(words), strandline([...words, '--require-sometimes'])])
      expect([plain.code, asked.code]).toEqual([0, 1])
      expect(plain.stdout).toMatch(/\n +never reached: fault \w+, /)
      expect(plain.stderr).toBe('')
      expect(asked.stderr).toMatch(
        /^--require-sometimes: \d+ situations were never reached \(fault \w+, .*\): play more/m,
      )
    }
  })

  it('is only what can be reached in the family', async () => {
    const words = ['stress', 'toy', '--family', 'quiet', '--seed', '1', '--scenarios', '2', '--json']
    const { neverReached, sometimes } = JSON.parse((await strandline(words)).stdout)
    const all = [...neverReached, ...sometimes.map(({ name }: { name: string }) => name)]
    expect(all.toSorted()).toEqual(['a lease expired', 'done at a second try', 'fault stall'])
  })

  it('is reached when enough is played', async () => {
    const words = ['hunt', 'toy', '--family', 'crashes', '--seed', '1', '--scenarios', '150', '--require-sometimes']
    const { code, stdout, stderr } = await strandline(words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toContain('never reached')
  })
})

describe('stress --against', () => {
  const counts = ({ subject, defect, scenarios, violations }: Record<string, unknown>) => [
    subject,
    defect,
    scenarios,
    violations,
  ]

  it('takes as-is for the subject without a defect: the same in the other order', async () => {
    const rest = ['--seed', '1', '--scenarios', '60', '--json']
    const [there, back] = await Promise.all([
      strandline(['stress', 'toy', '--against', 'late-heartbeat', ...rest]),
      strandline(['stress', 'toy', '--defect', 'late-heartbeat', '--against', 'as-is', ...rest]),
    ])
    const [one, other] = [JSON.parse(there.stdout), JSON.parse(back.stdout)]
    expect([counts(other), counts(other.against)]).toEqual([counts(one.against), counts(one)])
    const { onlyFirst, onlySecond, pValue } = one.test.violations
    expect([onlyFirst, onlySecond]).toEqual([0, one.against.violations])
    expect(onlySecond).toBeGreaterThan(0)
    expect(other.test.violations).toMatchObject({ onlyFirst: onlySecond, onlySecond: onlyFirst, pValue })
  })

  it('compares two defects, in the family of the first', async () => {
    const words = ['stress', 'toy', '--defect', 'torn-write', '--against', 'late-heartbeat', '--seed', '1']
    const { stdout } = await strandline([...words, '--scenarios', '30', '--json'])
    const { family, defect, against, test } = JSON.parse(stdout)
    expect([family, defect, against.defect, against.family, test.scenarios]).toEqual([
      'crashes',
      'torn-write',
      'late-heartbeat',
      'crashes',
      30,
    ])
  })

  it('refuses to compare a variant with itself', async () => {
    for (const words of [
      ['--against', 'as-is'],
      ['--defect', 'torn-write', '--against', 'torn-write'],
    ]) {
      const { code, stderr } = await strandline(['stress', 'toy', ...words])
      expect(code).toBe(2)
      expect(stderr).toMatch(/^strandline: --against \S+ is what is played anyway: name another variant[^\n]+\n$/)
    }
  })
})

describe('threads', () => {
  it('change neither a number nor the curve, in a shard and in the whole', async () => {
    const words = ['stress', 'toy', '--seed', '1', '--scenarios', '200', '--json']
    for (const shard of [[], ['--shard', '2/3']]) {
      const alike = await Promise.all(
        ['1', '2', '3'].map(async (jobs) => {
          const { stdout } = await strandline([...words, ...shard, '--jobs', jobs])
          const { seconds, scenariosPerSecond, ...rest } = JSON.parse(stdout)
          return rest
        }),
      )
      expect(alike[0].discovery.length).toBeGreaterThan(0)
      expect(alike[0].discovery[0].newBehaviours).toBeGreaterThan(0)
      expect(alike[1]).toEqual(alike[0])
      expect(alike[2]).toEqual(alike[0])
    }
  })

  it('can be as many as the machine has cores', async () => {
    const { code } = await strandline(['hunt', 'toy', '--seed', '1', '--scenarios', '20', '--jobs', 'all'])
    expect(code).toBe(0)
  })
})
