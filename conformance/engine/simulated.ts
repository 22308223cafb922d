/** One track on the simulated engine, whose decisions about who comes first are taken from outside. */
import type { Request, SimContainer, SimEngine, WaitAnswer } from '../../src/sim/engine/engine.ts'
import type { Deed, Reference, ResolvedCall } from './deed.ts'
import { FINISHED_CODE, LATE } from './deed.ts'
import type { Choose } from './interleavings.ts'
import { type Call, type Ending, mayRest, NAMES, type Op, type Whom } from './operation.ts'
import { advance, type Pending, pending } from './pending.ts'
import { kindOf, Processes } from './processes.ts'
import { nameOf, SeenIds, seenWords, viewOf } from './view.ts'

const IMAGE = 'known:1'
const UNKNOWN_IMAGE = 'unknown:1'
const BAD_NAME = '-'
const MOVES_MAX = 1000
/** For a process that ends by itself; one that does not is given none. */
const PATIENCE_SECONDS = 5

export class SimulatedTrack {
  readonly #track: number
  /** Whether processes can be frozen where this is compared. */
  readonly #canHold: boolean
  readonly #processes = new Processes()
  readonly #engine: SimEngine
  readonly #ids = new SeenIds()
  readonly #waits: { answer: WaitAnswer | undefined }[] = []

  constructor(Engine: typeof SimEngine, track: number, canHold: boolean) {
    this.#track = track
    this.#canHold = canHold
    this.#engine = new Engine([IMAGE], this.#processes)
  }

  /** Undefined if nobody could carry it out now. */
  resolve(op: Op): Deed | undefined {
    switch (op.op) {
      case 'calls':
        if (this.#isUnclear(op.calls)) return undefined
        return { deed: 'calls', calls: op.calls.map((call) => this.#resolveCall(call, op.calls)) }
      case 'held':
        return this.#resolveHeld(op.first, op.meanwhile)
      case 'wait':
        return { deed: 'wait', reference: this.#reference(op.whom), condition: op.condition }
      case 'inspect':
        return { deed: 'inspect', reference: this.#reference(op.whom) }
      case 'list':
        return { deed: 'list', kind: op.kind }
      case 'finish': {
        const name = nameOf(op.whom.nth, this.#track)
        return this.#at(name)?.state === 'running' ? { deed: 'finish', name, code: op.code } : undefined
      }
      case 'restart': {
        const running = NAMES.map((_, nth) => nameOf(nth, this.#track)).filter(
          (name) => this.#at(name)?.state === 'running',
        )
        const isFinishing = op.isFinishing && op.how === 'kill'
        return { deed: 'restart', how: op.how, finished: isFinishing ? running[0] : undefined }
      }
    }
  }

  /** Those that are there, which are then no more. */
  removals(): Deed[] {
    const names = NAMES.map((_, nth) => nameOf(nth, this.#track)).filter((name) => this.#at(name) !== undefined)
    return names.map((name) => ({ deed: 'calls', calls: [{ call: 'remove by force', reference: { name } }] }))
  }

  /** What the caller is told, when nothing moves any more. */
  carryOut(deed: Deed, choose: Choose): string[] {
    switch (deed.deed) {
      case 'calls':
        return this.#interleave(
          deed.calls.map((call) => pending(this.#request(call))),
          choose,
        )
      case 'held':
        return this.#hold(deed, choose)
      case 'wait':
        return [this.#wait(deed.reference, deed.condition)]
      case 'inspect': {
        const found = this.#engine.inspect(this.#text(deed.reference))
        return [typeof found === 'object' ? seenWords(found, this.#ids) : String(found)]
      }
      case 'list': {
        const found = this.#engine.list(deed.kind === undefined ? {} : { kind: deed.kind })
        return [typeof found === 'object' ? found.map(({ spec, state }) => `${spec.name} ${state}`).join(' ') : found]
      }
      case 'finish':
        this.#processes.finish(this.#at(deed.name)!, deed.code)
        this.#interleave([], choose)
        return ['ok']
      case 'restart':
        if (deed.how === 'term') this.#interleave([pending(this.#engine.dieByTerm())], choose)
        else this.#engine.dieByKill()
        for (const container of this.#engine.all()) {
          if (container.spec.name === deed.finished) this.#processes.finish(container, FINISHED_CODE)
        }
        this.#interleave([], choose)
        this.#interleave([pending(this.#engine.rise())], choose)
        return ['ok']
    }
  }

  view(): string[] {
    const seen = NAMES.map((_, nth) => this.#at(nameOf(nth, this.#track)))
    return viewOf(this.#track, seen, this.#ids, this.#waits.map(waitWords))
  }

  /** In the order in which they come, as far as they get; then what is held goes on, and everybody with it. */
  #hold({ name, first, meanwhile }: Extract<Deed, { deed: 'held' }>, choose: Choose): string[] {
    const container = this.#at(name)!
    this.#processes.hold(container, true)
    const calls = [first, ...meanwhile]
    const all = calls.map((call) => pending(this.#request(call)))
    for (const [nth, each] of all.entries()) {
      // Nobody can tell whether one that gets no answer has come in time.
      const comesLater = nth > 0 && mayRest(calls[nth]!) && choose(2) === 1
      while (!comesLater && !each.isDone && each.canGoOn()) advance(each)
    }
    const late = all.map(({ isDone }) => (isDone ? '' : LATE))
    this.#processes.hold(container, false)
    return this.#interleave(all, choose).map((answer, nth) => `${answer}${late[nth]}`)
  }

  #interleave(all: readonly Pending[], choose: Choose): string[] {
    for (let steps = 0; steps < MOVES_MAX; steps++) {
      const moves = [
        ...all.filter(({ isDone, canGoOn }) => !isDone && canGoOn()).map((each) => () => advance(each)),
        ...this.#processes.moves(({ id }, code) => this.#engine.exited(id, code)),
      ]
      const last = all.filter(({ isDone, isPatient }) => !isDone && isPatient).map((each) => () => advance(each))
      const possible = moves.length > 0 ? moves : last
      if (possible.length === 0) return all.map(({ isDone, answer }) => (isDone ? String(answer) : 'no answer'))
      possible[choose(possible.length)]!()
    }
    throw new Error('it never comes to rest')
  }

  /** Perhaps somebody else comes first. */
  *#create({ name, image, kind }: Extract<ResolvedCall, { call: 'create' }>): Request<number | string> {
    yield { isOver: () => true, atMostMs: undefined }
    const labels = { kind }
    const rest = { argv: [], environment: {}, directory: undefined, labels, binds: [] }
    return this.#engine.create({ name, image: image === 'known' ? IMAGE : UNKNOWN_IMAGE, ...rest }).status
  }

  #request(call: ResolvedCall): Request<unknown> {
    if (call.call === 'create') return this.#create(call)
    const reference = this.#text(call.reference)
    switch (call.call) {
      case 'start':
        return this.#engine.start(reference)
      case 'stop':
        return this.#engine.stop(reference, call.graceSeconds * 1000)
      case 'kill':
        return this.#engine.kill(reference, call.signal)
      case 'remove':
        return this.#engine.remove(reference, { force: false })
      case 'remove by force':
        return this.#engine.remove(reference, { force: true })
    }
  }

  #wait(reference: Reference, condition: 'not-running' | 'next-exit' | 'removed'): string {
    const wait: { answer: WaitAnswer | undefined } = { answer: undefined }
    this.#engine.wait(this.#text(reference), condition, (answer) => {
      wait.answer = answer
    })
    this.#waits.push(wait)
    return String(wait.answer?.status ?? 200)
  }

  /** Whoever begins while SIGTERM comes has heard it or not, and nobody can tell before it ends, or does not. */
  #isUnclear(calls: readonly Call[]): boolean {
    return (
      calls.some(({ call }) => call === 'start') &&
      calls.some((call) => call.call === 'kill' && call.signal.endsWith('TERM')) &&
      this.#at(nameOf(calls[0]!.whom.nth, this.#track))?.spec.labels.kind === 'trap'
    )
  }

  #resolveHeld(first: Ending, meanwhile: readonly Call[]): Deed | undefined {
    const name = nameOf(0, this.#track)
    const container = this.#at(name)
    if (!this.#canHold || container?.state !== 'running') return undefined
    // One that is given time is not killed before it is over.
    if (kindOf(container) === 'trap' && first === 'stop') return undefined
    const whom: Whom = { by: 'name', nth: 0 }
    const begun: Call = first === 'kill' ? { call: first, whom, signal: 'KILL' } : { call: first, whom }
    const all = [begun, ...meanwhile]
    const [resolved, ...others] = all.map((call) => this.#resolveCall(call, all))
    return { deed: 'held', name, first: resolved!, meanwhile: others }
  }

  #resolveCall(call: Call, all: readonly Call[]): ResolvedCall {
    const reference = this.#reference(call.whom)
    const holder = this.#at(this.#text(reference))
    switch (call.call) {
      case 'create': {
        // Of those that come together none is to wait for a process of another kind.
        const first = all.find((each) => each.call === 'create')?.kind ?? call.kind
        const kind = all.length > 1 && holder !== undefined ? kindOf(holder) : first
        const isBad = call.flaw === 'name' || call.flaw === 'both'
        const image = call.flaw === 'image' || call.flaw === 'both' ? 'unknown' : 'known'
        return { call: 'create', name: isBad ? BAD_NAME : nameOf(call.whom.nth, this.#track), image, kind }
      }
      case 'stop': {
        const created = all.find((each) => each.call === 'create')?.kind
        const kind = holder === undefined ? created : kindOf(holder)
        return { call: 'stop', reference, graceSeconds: kind === 'trap' ? PATIENCE_SECONDS : 0 }
      }
      case 'kill':
        return { call: 'kill', reference, signal: call.signal }
      default:
        return { call: call.call, reference }
    }
  }

  #reference({ by, nth }: Whom): Reference {
    if (by === 'name' || this.#ids.count === 0) return { name: nameOf(nth, this.#track) }
    return { nthId: nth % this.#ids.count }
  }

  #text(reference: Reference): string {
    return 'name' in reference ? reference.name : this.#ids.at(reference.nthId)
  }

  #at(reference: string): SimContainer | undefined {
    const found = this.#engine.inspect(reference)
    return typeof found === 'object' ? found : undefined
  }
}

function waitWords({ answer }: { readonly answer: WaitAnswer | undefined }): string {
  if (answer === undefined) return 'waits'
  return answer.status === 200 ? `200 ${answer.code}` : String(answer.status)
}
