/** Plays random histories of a store verb by verb against the model: by fresh claims, stale ones, and all who watch. */
import type { Fence, JobId } from '../../../src/model/ids.ts'
import type { Claim, Options, OwnLife, Survey } from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'
import type { OpenedStore } from './bench.ts'
import { agree, compare } from './comparison.ts'
import { type Named, StoreModel } from './model.ts'
import { listed } from './modelViews.ts'
import { markOf, newest } from './picking.ts'
import type { OwnersVerb, Verb } from './verbs.ts'

/** What the store answered and what the model says it should have. */
interface Answer {
  readonly said: unknown
  readonly expected: unknown
}

const nothing: Answer = { said: undefined, expected: undefined }

/** How many verbs named a claim that its job was no longer held by. */
export interface Tally {
  fresh: number
  stale: number
}

/** What the store has handed out stays in these lists, however old it is: that is where stale verbs come from. */
export class Historian {
  private readonly submitted: JobId[] = []
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
    const { store } = this.opened
    await this.openLife(true)
    for (const each of verbs) {
      const { said, expected } = await this.perform(each)
      agree(said, expected, `what ${each.verb} answers`)
      await compare(store, this.model, this.submitted)
      this.nowMs++
    }
  }

  private async perform(what: Verb): Promise<Answer> {
    const { opened, model, nowMs } = this
    const { store } = opened
    switch (what.verb) {
      case 'submit': {
        const id = await store.submitJob(what.spec, nowMs)
        model.submit(id, what.spec, (await store.job(id))?.mount ?? null, nowMs)
        this.submitted.push(id)
        return nothing
      }
      case 'relaunch':
        return this.relaunch(what)
      case 'claim':
        return this.claim(newest(this.lives, what.nth)!, what.tasks)
      case 'cancel': {
        const id = newest(this.submitted, what.nth)!
        return { said: await store.cancelJob(id, nowMs), expected: model.cancel(id, nowMs) }
      }
      case 'delete': {
        const id = newest(this.submitted, what.nth)!
        return { said: await store.deleteJob(id, nowMs), expected: model.delete(id, nowMs) }
      }
      case 'remove': {
        const id = newest(what.isAsked ? [...model.deletions] : this.submitted, what.nth)
        if (id === undefined) return nothing
        return { said: await store.removeJob(id), expected: model.remove(id) }
      }
      case 'list': {
        const { status, limit } = what
        return { said: await store.jobs({ status, limit }), expected: listed(model, status, limit) }
      }
      case 'openLife':
        return this.openLife(what.shared)
      case 'endLife': {
        const { id } = newest(this.lives, what.nth)!
        return { said: await store.endLife(id, nowMs), expected: model.lives.end(id) }
      }
      case 'beat': {
        const { id } = newest(this.lives, what.nth)!
        return { said: await store.beat(id), expected: model.lives.beat(id) }
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
        const { reason, ending, outcome } = what
        const said = await store.reapJob(
          found,
          { reason, ending, ...(outcome === undefined ? {} : { outcome }) },
          nowMs,
        )
        return { said, expected: model.reap(found, reason, ending, nowMs, outcome) }
      }
      case 'adopt':
        return this.adopt(what)
      case 'close': {
        const waiting = this.surveys.flatMap((survey) => survey.waiting)
        const run = newest(
          what.isAsked ? waiting.map(({ id }) => id) : [...model.runs.values()].map(({ row }) => row.id),
          what.nth,
        )
        return run === undefined ? nothing : { said: await store.closeRun(run), expected: model.close(run) }
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
        const mark = markOf(claim, what.pid)
        return { said: await store.stampRun(claim, mark), expected: model.stamp(claim, mark) }
      }
      case 'recordExit': {
        const exit = { code: what.code, signal: null, sessionId: what.sessionId }
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

  private async openLife(shared: boolean): Promise<Answer> {
    const { model, nowMs } = this
    const { store } = this.opened
    const rivals = model.lives.rivalsOf(shared)
    const name = `life${this.lives.length}`
    const life = await store.openLife(server, name, shared, nowMs)
    if ('rivals' in life || rivals.length > 0) return { said: life, expected: { rivals } }
    model.lives.open(life.id, life.token, shared, nowMs)
    this.lives.push(life)
    return { said: life.token, expected: `${await store.installation()}/${name}` }
  }

  private async claim(life: OwnLife, tasks: readonly string[]): Promise<Answer> {
    const { model, nowMs } = this
    const expected = model.claimable(life.id, tasks, nowMs)
    const claim = await this.opened.store.claimNextJob(life, () => `run${this.claims.length}`, tasks, nowMs)
    if (typeof claim !== 'object') return { said: claim, expected }
    if (typeof expected !== 'number') return { said: claim.id, expected }
    model.claim(expected, claim.fence, claim.token, life.id, nowMs)
    this.claims.push(claim)
    const token = `${life.token}/run${this.claims.length - 1}`
    return { said: claim, expected: this.claimOf(expected, claim.fence, token, life) }
  }

  /** Of what somebody saw, however long ago. The old owner may be as lively as the new one: both are the newest then. */
  private async adopt({ nth, life: nthLife, looks }: Extract<Verb, { verb: 'adopt' }>): Promise<Answer> {
    const { model } = this
    const { store } = this.opened
    const life = newest(this.lives, nthLife)!
    if (looks) this.surveys.push(await store.survey(life.id))
    // Only what was started can be adopted.
    const seen = this.surveys.flatMap(({ running, orphans }) => [...running, ...orphans])
    const found = newest(
      seen.filter(({ run_id }) => run_id !== null),
      nth,
    )
    if (found === undefined) return nothing
    this.count(found)
    const adopted = model.adopt(found, life.id)
    const claim = await store.adoptRun(found, life.id)
    if (claim !== undefined) this.claims.push(claim, this.claims.findLast(({ fence }) => fence === claim.fence)!)
    return { said: claim, expected: adopted ? this.claimOf(found.id, found.fence!, found.token!, life) : undefined }
  }

  private async relaunch({ nth, hasEnded, times }: Extract<Verb, { verb: 'relaunch' }>): Promise<Answer> {
    const { model, nowMs } = this
    const ended = this.submitted.filter((one) => model.relaunchable(one) === 'fine')
    const id = newest(hasEnded ? ended : this.submitted, nth)
    if (id === undefined) return nothing
    const said: string[] = []
    for (let n = 0; n < times; n++) {
      const next = await this.opened.store.relaunchJob(id, nowMs)
      said.push(typeof next === 'string' ? next : 'fine')
      if (typeof next === 'string') continue
      model.relaunch(next, id, nowMs)
      this.submitted.push(next)
    }
    return { said, expected: said.map(() => model.relaunchable(id)) }
  }

  private claimOf(id: JobId, fence: Fence, token: string, { id: life_id }: OwnLife): Claim {
    const { session_id } = this.model.runs.get(fence)!.row
    return { id, fence, life_id, token, session_id, job: this.model.jobs.get(id)! }
  }

  private count(claim: Named): void {
    if (this.model.held(claim) === undefined) this.tally.stale++
    else this.tally.fresh++
  }
}
