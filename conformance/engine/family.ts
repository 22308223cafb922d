/** Containers: the simulated engine beside a Docker Engine of our own. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SimEngine } from '../../src/sim/engine/engine.ts'
import type { Comparison, Family, Outcome, Skipped } from '../family.ts'
import { Api } from './api.ts'
import { type Engine, startEngine } from './dockerd.ts'
import { mistakes } from './mistakes.ts'
import { type Op, sequences, TRACKS } from './operation.ts'
import { engineWith } from './plantedEngine.ts'
import { RealTrack } from './real.ts'
import { settled } from './settled.ts'
import { Track } from './track.ts'

type Restart = Extract<Op, { op: 'restart' }>

/** An engine on a busy machine takes its time to notice an end. */
const SETTLE_MS_MAX = 10_000
/** Where a difference is likely, waiting for it to pass would take most of the time. */
const SETTLE_PLANTED_MS_MAX = 1500

export const engine: Family<Op> = {
  name: 'engine',
  real: 'Docker Engine',
  operations: 1500,
  legend: '#n is the nth container that was seen: its state and exit code',
  async open(): Promise<Comparison<Op> | Skipped> {
    const started = await startEngine()
    if ('skipped' in started) return started
    const house = new House(started)
    return {
      machine: started.machine,
      sequences,
      settled,
      planted: () =>
        mistakes.map((mistake) => {
          const Planted = engineWith(mistake)
          return { story: mistake.story, compare: (ops) => house.compare(ops, Planted, SETTLE_PLANTED_MS_MAX) }
        }),
      compare: (ops) => house.compare(ops, SimEngine, SETTLE_MS_MAX),
      close: () => house.close(),
    }
  },
}

class House {
  readonly #engine: Engine
  readonly #api: Api
  #sequences = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(engine: Engine) {
    this.#engine = engine
    this.#api = new Api(engine.socketPath)
  }

  /**
   * One sequence on both sides, with the simulated engine given. One after the other, since a restart concerns everybody:
   * whoever has given up waiting for one may ask for the next too early.
   */
  compare(ops: readonly Op[], Simulated: typeof SimEngine, settleMsMax: number): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#compare(ops, Simulated, settleMsMax))
    this.#last = outcome.catch(() => undefined)
    return outcome
  }

  async close(): Promise<void> {
    await this.#last
    this.#api.hangUp()
    await this.#engine.stop()
  }

  async #compare(ops: readonly Op[], Simulated: typeof SimEngine, settleMsMax: number): Promise<Outcome> {
    const prefix = `s${++this.#sequences}-`
    const { image, freezer, root } = this.#engine
    const directory = join('/run', prefix)
    mkdirSync(join(root, directory))
    const bench = { api: this.#api, image, freezer, root, directory, prefix, settleMsMax }
    const tracks = Array.from({ length: TRACKS }, (_, nth) => new Track(Simulated, new RealTrack(bench, nth), nth))
    try {
      for (const part of partsOf(ops)) {
        if (isRestart(part)) await this.#restart(part, tracks)
        else await allOf(tracks.map((track, nth) => track.play(part.filter((op) => isOf(op, nth)))))
        if (tracks.some(({ hasDiverged }) => hasDiverged)) break
      }
      await allOf(tracks.map((track) => track.leave()))
    } finally {
      this.#api.hangUp()
      await this.#sweep(prefix)
      rmSync(join(root, directory), { recursive: true, force: true })
    }
    const operations = tracks.reduce((sum, track) => sum + track.operations, 0)
    return { operations, divergence: tracks.find(({ hasDiverged }) => hasDiverged)?.rows }
  }

  async #restart(op: Restart, tracks: readonly Track[]): Promise<void> {
    const plans = tracks.map((track) => track.plan(op))
    await this.#engine.die(op.how)
    try {
      for (const [nth, plan] of plans.entries()) {
        if (plan?.deed.deed === 'restart' && plan.deed.finished !== undefined) tracks[nth]?.finish(plan.deed.finished)
      }
    } finally {
      await this.#engine.rise()
    }
    await allOf(tracks.map((track, nth) => track.judge(plans[nth]!, ['ok'])))
  }

  /** Of a sequence that differed somebody may be left. */
  async #sweep(prefix: string): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ name: [`^/${prefix}`] }))
    const { body } = await this.#api.call('GET', `/containers/json?all=1&filters=${filters}`)
    const left = ((await body) ?? []) as readonly { readonly Id: string }[]
    await Promise.all(left.map(async ({ Id }) => (await this.#api.call('DELETE', `/containers/${Id}?force=1`)).body))
  }
}

/** When one of them has failed the others still come to their end. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(works)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

function isRestart(part: Restart | readonly Op[]): part is Restart {
  return 'op' in part
}

function isOf(op: Op, track: number): boolean {
  return op.op !== 'restart' && op.track === track
}

/** The tracks go on without each other, but for a restart, which concerns them all. */
function partsOf(ops: readonly Op[]): (Restart | readonly Op[])[] {
  const parts: (Restart | Op[])[] = [[]]
  for (const op of ops) {
    const last = parts.at(-1)
    if (op.op === 'restart') parts.push(op, [])
    else if (Array.isArray(last)) last.push(op)
  }
  return parts
}
