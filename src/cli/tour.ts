/**
 * `strandline tour`: the main job, shown once. Hunts the subject as it is, puts a known mistake back, finds it, makes it
 * small, tells its story, replays it, and measures. Every part is bounded by time, so that the whole ends within a minute
 * on a slow machine.
 */
import type { Command } from 'commander'
import { type Draw, decodeToken } from '../explore/index.ts'
import { nameOf, nothingFound, type Result, rateTable, wrap } from '../report/index.ts'
import { NotDeterministic } from './finding.ts'
import { jobsAtMost, playPlan } from './fleet.ts'
import { interruptSignal } from './interrupt.ts'
import { seedOption } from './options.ts'
import { planOf, type Until } from './plan.ts'
import { campaignWords, progressBar } from './progress.ts'
import { replayToken } from './replay.ts'
import { resultOf } from './result.ts'
import { seedFrom, seedWords } from './seed.ts'
import type { Outcome, Tally } from './tally.ts'
import { defaultSubject, defectsOf, familyOf, type Target, targetOf } from './target.ts'
import { findingLines, shrinkAndTell } from './telling.ts'
import { commandLine, note, paint, print } from './terminal.ts'
import { exitCodes } from './usage.ts'

/** The state of the code in which the incident was published. */
const PUBLISHED = 'published'
const OTHER_DEFECTS = 3
const JOBS = 2
const SCENARIOS = 1_000_000
const SOUND_MS = 12_000
const HUNT_MS = 8_000
const SHRINK_MS = 6_000
const HINDSIGHT_MS = 3_000
const MEASURE_MS = 4_000
const WIDTH = 100
/** Everybody sees the same tour, unless they ask for another. */
const SEED = 'tour'

export function addTour(program: Command): void {
  program
    .command('tour')
    .description('see the whole thing once, in under a minute')
    .addOption(seedOption())
    .action(async ({ seed }: { seed?: string }) => {
      const tour = new Tour(seedFrom(seed, SEED).text)
      process.exitCode = await tour.take()
    })
}

class Tour {
  private readonly seed: string
  private readonly signal = interruptSignal()
  private readonly jobs = jobsAtMost(JOBS)
  private readonly subject = defaultSubject()
  /** What hunting the subject as it is came to. */
  private sound: Result | undefined

  constructor(seed: string) {
    this.seed = seed
  }

  async take(): Promise<number> {
    const seed = seedWords({ text: this.seed, origin: 'given' })
    print(
      paint('bold', `A tour of strandline: ${this.subject}, ${seed}, under a minute`),
      'A strand is a piece of work that is neither finished nor able to finish any more. strandline plays a system',
      'through thousands of simulated disasters, each from a seed, and finds the ones that leave a strand.',
    )
    const parts = [() => this.asItIs(), () => this.withMistake(), () => this.measure()]
    for (const part of parts) {
      const code = await part()
      if (this.signal.aborted) return exitCodes.interrupted
      if (code !== exitCodes.clean) return code
    }
    this.farewell()
    return exitCodes.clean
  }

  private async asItIs(): Promise<number> {
    this.heading(1, `${this.subject} as it is`)
    const target = targetOf(this.subject, undefined)
    const { result, outcome, draw } = await this.campaign(target, SOUND_MS, 'any')
    if (outcome === undefined) {
      this.sound = result
      print(...nothingFound(result, paint))
      return exitCodes.clean
    }
    const finding = await shrinkAndTell(target, draw, outcome, this.signal, {
      msMax: SHRINK_MS,
      hindsightMs: HINDSIGHT_MS,
    })
    print('This was not expected: it fails as it is.', ...findingLines(target, finding))
    return exitCodes.found
  }

  private async withMistake(): Promise<number> {
    const known = defectsOf(this.subject)
    const defect = known.find(({ name }) => name === PUBLISHED) ?? known[0]
    if (defect === undefined) return exitCodes.clean
    this.heading(2, `The same with a known mistake put back: ${defect.name}`)
    print(...wrap(`What it is (incident ${defect.incident}): ${defect.story}.`, WIDTH), '')
    const target = targetOf(this.subject, defect.name)
    // The first is the one to look for: it makes the story of the incident.
    const [invariant = ''] = defect.breaks
    const { result, outcome, draw } = await this.campaign(target, HUNT_MS, { invariant })
    if (outcome === undefined) {
      print(`not found in ${result.scenarios} scenarios: on this machine it takes longer than a tour`)
      return exitCodes.found
    }
    try {
      const finding = await shrinkAndTell(target, draw, outcome, this.signal, {
        msMax: SHRINK_MS,
        hindsightMs: HINDSIGHT_MS,
      })
      print(`found in scenario ${outcome.index}, ${findingLines(target, finding).join('\n')}`)
      return await this.again(target, finding.found[0]!.token, finding.run.hash)
    } catch (error) {
      if (!(error instanceof NotDeterministic)) throw error
      note(`not deterministic: ${error.message}`)
      return exitCodes.notDeterministic
    }
  }

  private async again(target: Target, token: string, hash: number): Promise<number> {
    this.heading(3, 'The same failure again, from its token')
    const run = await replayToken(target, decodeToken(token))
    const broken = run.failures.map(({ invariant }) => invariant).join(', ')
    if (run.hash !== hash) {
      print(paint('red', 'it went another way'))
      return exitCodes.notDeterministic
    }
    print(`replayed: ${broken} again, the same ${run.steps} steps, byte for byte (trace ${run.hash.toString(36)})`)
    const sound = await replayToken(targetOf(this.subject, undefined), decodeToken(token))
    if (sound.failures.length === 0) print(`the same scenario on ${this.subject} as it is: nothing breaks`)
    return exitCodes.clean
  }

  private async measure(): Promise<number> {
    this.heading(4, 'How often, per thousand scenarios')
    const known = defectsOf(this.subject)
    const chosen = [
      ...known.filter(({ name }) => name === PUBLISHED),
      ...known.filter(({ name }) => name !== PUBLISHED),
    ]
    const rows: Result[] = this.sound === undefined ? [] : [this.sound]
    for (const { name } of chosen.slice(0, OTHER_DEFECTS + 1)) {
      if (this.signal.aborted) break
      rows.push((await this.campaign(targetOf(this.subject, name), MEASURE_MS, 'never')).result)
    }
    print(...rateTable('', rows.map(named), paint))
    return exitCodes.clean
  }

  private farewell(): void {
    this.heading(5, 'Where to go from here')
    print(
      `  ${commandLine('defects')}    the mistakes that can be put back`,
      `  ${commandLine('hunt', '--defect', '<name>')}    find one of them`,
      `  ${commandLine('hunt', '--time', '600')}    look for one that nobody knows yet`,
    )
  }

  private async campaign(target: Target, msMax: number, until: Until) {
    const draw: Draw = { seed: this.seed, family: familyOf(target, undefined), strategy: undefined }
    const bar = progressBar(nameOf(target), msMax)
    const beginMs = performance.now()
    const played = await playPlan(planOf(target, draw, SCENARIOS, until), {
      jobs: this.jobs,
      msMax,
      signal: this.signal,
      onProgress: (tally) => {
        const elapsedMs = performance.now() - beginMs
        bar.update(elapsedMs, () => campaignWords(tally, elapsedMs / 1000))
      },
    })
    bar.stop()
    return { draw, result: resultOf(target, draw, played, undefined), outcome: soughtIn(played.tally, until) }
  }

  private heading(nth: number, title: string): void {
    print('', paint('bold', `${nth}  ${title}`))
  }
}

/** The first scenario that broke what was looked for, or anything, if that is all there is. */
function soughtIn({ firstToBreak, firstFailed }: Tally, until: Until): Outcome | undefined {
  return (typeof until === 'object' ? firstToBreak.get(until.invariant) : undefined) ?? firstFailed
}

function named(result: Result): Result & { name: string } {
  const { defect, family } = result
  const what = defect === undefined ? 'as it is' : `with ${defect}`
  return { ...result, name: `${what}, ${family === undefined ? 'all families' : `family ${family}`}` }
}
