/** Plays random histories of a store verb by verb against the model: by fresh claims, stale ones, and all who watch. */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { JobId, LifeId, Pid } from '../../../src/model/ids.ts'
import { jobStatuses } from '../../../src/model/lifecycle.ts'
import type { Claim, Options, OwnLife, Survey } from '../../../src/system/index.ts'
import { processOf, server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'
import type { OpenedStore } from './bench.ts'
import { type Named, StoreModel } from './model.ts'
import type { OwnersVerb, Verb } from './verbs.ts'

/** What the store answered and what the model says it should have. */
interface Answer {
  readonly said: unknown
  readonly expected: unknown
}

const nothing: Answer = { said: undefined, expected: undefined }

function newest<T>(all: readonly T[], nth: number): T | undefined {
  return all.length === 0 ? undefined : all[all.length - 1 - (nth % all.length)]
}

/** How many verbs named a claim that its job was no longer held by. */
export interface Tally {
  fresh: number
  stale: number
}

/** What the store has handed out stays in these lists, however old it is: that is where stale verbs come from. */
export class Historian {
  private readonly lives: OwnLife[] = []
  private readonly claims: Claim[] = []
  private readonly surveys: Survey[] = []
  private nowMs = 1_000_000
  private readonly opened: OpenedStore
  private readonly model: StoreModel
  private readonly tally: Tally

  constructor(opened: OpenedStore, options: Options, tally: Tally) {
    this.opened = opened
    this.model = new StoreModel(options)
    this.tally = tally
  }

  async play(verbs: readonly Verb[]): Promise<void> {
    await this.openLife()
    for (const each of verbs) {
      const { said, expected } = await this.perform(each)
      agree(said, expected, `what ${each.verb} answers`)
      await this.compare()
      this.nowMs++
    }
  }

  private async perform(what: Verb): Promise<Answer> {
    const { opened, model, nowMs } = this
    const { store } = opened
    switch (what.verb) {
      case 'submit': {
        const id = await store.submitJob(what.spec, nowMs)
        model.submit(id, what.spec, nowMs)
        return nothing
      }
      case 'claim':
        return this.claim(newest(this.lives, what.nth)!)
      case 'cancel': {
        const id = newest([...model.jobs.keys()], what.nth) ?? (999 as JobId)
        return { said: await store.cancelJob(id, nowMs), expected: model.cancel(id, nowMs) }
      }
      case 'openLife':
        return this.openLife()
      case 'endLife': {
        const { id } = newest(this.lives, what.nth)!
        return { said: await store.endLife(id, nowMs), expected: model.endLife(id) }
      }
      case 'beat': {
        const { id } = newest(this.lives, what.nth)!
        return { said: await store.beat(id), expected: model.beat(id) }
      }
      case 'makeImpossible': {
        const job = newest(model.with('queued'), what.nth)
        if (job === undefined) return nothing
        await opened.makeImpossible(job.id, what.owner)
        Object.assign(job, what.owner)
        return nothing
      }
      case 'sanitize': {
        const impossible = (await store.findImpossibleQueued()).map(({ id }) => id)
        const said = [...(await store.sanitizeImpossibleQueued())]
        const expected = model.sanitize()
        return { said: [impossible, said.toSorted((a, b) => a - b)], expected: [expected, expected] }
      }
      case 'requeueRunning': {
        const orphans = newest(this.surveys, what.nth)?.orphans ?? []
        const said = await store.requeueRunningJobs(orphans, nowMs)
        return { said, expected: model.requeueRunning(orphans, nowMs) }
      }
      case 'reap': {
        const found = newest(
          this.surveys.flatMap(({ running, orphans }) => [...running, ...orphans]),
          what.nth,
        )
        if (found === undefined) return nothing
        this.count(found)
        const said = await store.reapJob(found, what.reason, what.ending, nowMs)
        return { said, expected: model.reap(found, what.reason, what.ending, nowMs) }
      }
      case 'look':
        this.surveys.push(await store.survey(newest(this.lives, what.nth)!.id))
        return nothing
      case 'pass':
        this.nowMs += what.ms
        return nothing
      default:
        return this.byOwner(what)
    }
  }

  /** What the owner of a claim does, whether or not it still is one. */
  private async byOwner(what: OwnersVerb): Promise<Answer> {
    const { model, nowMs } = this
    const { store } = this.opened
    const claim = newest(this.claims, what.nth)
    if (claim === undefined) return nothing
    this.count(claim)
    switch (what.verb) {
      case 'stamp': {
        const identity = processOf(claim.token, what.pid as Pid)
        return { said: await store.stampRun(claim, identity), expected: model.stamp(claim, identity) }
      }
      case 'recordExit': {
        const exit = { code: what.code, signal: null }
        return { said: await store.recordExit(claim, exit, nowMs), expected: model.recordExit(claim, exit, nowMs) }
      }
      case 'finish':
        return {
          said: await store.finishJob(claim, what.ending, nowMs),
          expected: model.end(claim, what.ending, nowMs),
        }
      case 'requeue':
        return {
          said: await store.requeueJob(claim, what.ending, nowMs),
          expected: model.end(claim, what.ending, nowMs),
        }
      case 'requeueTransient': {
        const said = await store.requeueTransient(claim, what.ending, nowMs)
        return { said, expected: model.end(claim, what.ending, nowMs) }
      }
    }
  }

  private async openLife(): Promise<Answer> {
    const name = `life${this.lives.length}`
    const life = await sharedLife(this.opened.store, server, name, this.nowMs)
    this.model.openLife(life.id, life.token)
    this.lives.push(life)
    return { said: life.token, expected: `${await this.opened.store.installation()}/${name}` }
  }

  private async claim(life: OwnLife): Promise<Answer> {
    const { model, nowMs } = this
    const expected = model.claimable(life.id, nowMs)
    const claim = await this.opened.store.claimNextJob(life, () => `run${this.claims.length}`, [], nowMs)
    if (typeof claim !== 'object') return { said: claim, expected }
    if (typeof expected !== 'number') return { said: claim.id, expected }
    model.claim(expected, claim.fence, claim.token, life.id, nowMs)
    this.claims.push(claim)
    const token = `${life.token}/run${this.claims.length - 1}`
    return { said: claim, expected: { id: expected, fence: claim.fence, token, job: model.jobs.get(expected) } }
  }

  /** All that the store can be asked, after each verb. */
  private async compare(): Promise<void> {
    const { model, lives } = this
    const { store } = this.opened
    for (const job of model.jobs.values()) agree(await store.job(job.id), job, `job ${job.id}`)
    const runs = [...model.runs.values()]
    const underWay = runs.filter(({ isOver, lifeId }) => !isOver && this.isOpen(lifeId)).map(({ token }) => token)
    const said = await store.runsUnderWay(runs.map(({ token }) => token))
    agree(said.toSorted(), underWay.toSorted(), 'runsUnderWay')
    const counts = jobStatuses.map((status) => [status, model.with(status).length])
    agree(await store.counts(), Object.fromEntries(counts), 'counts')
    for (const life of lives) await this.survey(life)
  }

  private async survey({ id }: OwnLife): Promise<void> {
    const { model } = this
    const { store } = this.opened
    const running = model.with('running')
    const own = running.filter(({ life_id }) => life_id === id)
    const orphans = running.filter(({ life_id }) => !this.isOpen(life_id!))
    const others = [...model.lives].filter(([other, { isOpen }]) => other !== id && isOpen)
    const expected = {
      running: own.map((job) => model.watched(job)),
      orphans: orphans.map((job) => model.watched(job)),
      otherLives: others.map(([other, { beats, token }]) => ({ id: other, beats, token, server })),
      impossibleQueued: model.impossible().length,
    }
    agree(await store.survey(id), expected, `survey of life ${id}`)
    const requests = own.filter((job) => job.cancel_requested_at !== null)
    const named = requests.map((job) => ({ id: job.id, fence: job.fence }))
    agree(await store.cancelRequests(id), named, `cancelRequests of life ${id}`)
  }

  private isOpen(life: LifeId): boolean {
    return this.model.lives.get(life)!.isOpen
  }

  private count(claim: Named): void {
    if (this.model.held(claim) === undefined) this.tally.stale++
    else this.tally.fresh++
  }
}

/** As expect().toEqual(), which is slow and only needed for its words. */
function agree(said: unknown, expected: unknown, about: string): void {
  if (!isDeepStrictEqual(said, expected)) expect(said, about).toEqual(expected)
}
