/**
 * One track on the real engine. Each container has a directory of its own, through which it says that it is ready to be
 * signalled and is told to end: without the daemon, so also while there is none.
 */
import { closeSync, constants, existsSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Api } from './api.ts'
import { type Deed, FINISHED_CODE, LATE, type Reference, type ResolvedCall } from './deed.ts'
import { Frozen } from './frozen.ts'
import { type Kind, NAMES } from './operation.ts'
import { nameOf, type Seen, SeenIds, seenWords, viewOf } from './view.ts'

const POLL_MS = 2
/** From the start of a shell to its first lines, on a machine that is very busy. */
const READY_MS_MAX = 30_000
const INSIDE = '/w'
const LISTEN = `[ -p ${INSIDE}/end ] || mkfifo ${INSIDE}/end; exec 3<>${INSIDE}/end`
const END = `: >${INSIDE}/ready; read code <&3; exit $code`
const COMMANDS: Readonly<Record<Kind, readonly string[]>> = {
  deaf: ['sh', '-c', `${LISTEN}; ${END}`],
  trap: ['sh', '-c', `${LISTEN}; trap "exit 0" TERM; ${END}`],
  brief: ['sh', '-c', 'exit 3'],
  missing: ['no-such-program'],
  'not executable': ['/etc'],
}

/** The parts of what the engine says of a container that are looked at. */
interface Report {
  readonly Id: string
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly StartedAt: string }
  readonly Config: { readonly Labels: Readonly<Record<string, string>> }
}

interface RealContainer extends Seen {
  readonly startedAt: string
  readonly place: string
}

export interface Bench {
  readonly api: Api
  readonly image: string
  /** See Engine. */
  readonly freezer: string | undefined
  /** See Engine. */
  readonly root: string
  /** Where the containers have theirs, as the daemon sees it. */
  readonly directory: string
  /** Of all names in this sequence: another one may have left its own behind. */
  readonly prefix: string
  readonly settleMsMax: number
}

export class RealTrack {
  readonly #bench: Bench
  readonly #track: number
  readonly #ids = new SeenIds()
  readonly #waits: string[] = []
  #places = 0
  #seen: readonly (RealContainer | undefined)[] = NAMES.map(() => undefined)

  constructor(bench: Bench, track: number) {
    this.#bench = bench
    this.#track = track
  }

  get canHold(): boolean {
    return this.#bench.freezer !== undefined
  }

  /** What the caller is told. Where something is held, it is said which answers can come meanwhile. */
  async perform(deed: Exclude<Deed, { deed: 'restart' }>, isAtOnce: (nth: number) => boolean): Promise<string[]> {
    switch (deed.deed) {
      case 'calls':
        this.#forgetReady()
        return await Promise.all(deed.calls.map((call) => this.#call(call)))
      case 'held':
        this.#forgetReady()
        return await this.#hold(deed, isAtOnce)
      case 'wait':
        return [await this.#wait(deed.reference, deed.condition)]
      case 'inspect': {
        const found = await this.#inspect(this.#text(deed.reference))
        return [typeof found === 'object' ? seenWords(found, this.#ids) : String(found)]
      }
      case 'list':
        return [await this.#list(deed.kind)]
      case 'finish':
        this.finish(deed.name, deed.code)
        return ['ok']
    }
  }

  /** The process in it ends by itself. */
  finish(name: string, code = FINISHED_CODE): void {
    const pipe = openSync(join(this.#container(name).place, 'end'), constants.O_WRONLY | constants.O_NONBLOCK)
    writeSync(pipe, `${code}\n`)
    closeSync(pipe)
  }

  /** What can be seen, as soon as it is what was expected, and at the latest when it has had its time, if it has any. */
  async settle(isExpected: (view: readonly string[]) => boolean, hasTime: boolean): Promise<string[]> {
    const deadline = performance.now() + (hasTime ? this.#bench.settleMsMax : 0)
    for (;;) {
      const seen = await Promise.all(NAMES.map((_, nth) => this.#inspect(this.#named(nameOf(nth, this.#track)))))
      const found = seen.map((each) => (typeof each === 'object' ? each : undefined))
      const view = viewOf(this.#track, found, this.#ids, this.#waits)
      if (isExpected(view)) {
        for (const [nth, each] of found.entries()) await this.#awaitReady(each, this.#seen[nth])
        this.#seen = found
        return view
      }
      if (performance.now() > deadline) return view
      await delay(POLL_MS)
    }
  }

  async #hold(deed: Extract<Deed, { deed: 'held' }>, isAtOnce: (nth: number) => boolean): Promise<string[]> {
    const { freezer, settleMsMax } = this.#bench
    const frozen = Frozen.freeze(join(freezer!, this.#container(deed.name).id))
    let isHeld = true
    const send = async (call: ResolvedCall) => {
      const answer = await this.#call(call)
      return isHeld ? answer : `${answer}${LATE}`
    }
    const first = send(deed.first)
    await Promise.race([first, frozen.killed(settleMsMax)])
    const others: Promise<string>[] = []
    for (const [nth, call] of deed.meanwhile.entries()) {
      const answer = send(call)
      others.push(answer)
      if (isAtOnce(nth + 1)) await Promise.race([answer, delay(settleMsMax / 4, undefined, { ref: false })])
    }
    isHeld = false
    frozen.thaw()
    return await Promise.all([first, ...others])
  }

  async #call(call: ResolvedCall): Promise<string> {
    const { api } = this.#bench
    const { status, body } = await (call.call === 'create'
      ? api.call(...this.#create(call))
      : api.call(...this.#verb(call)))
    await body
    return String(status)
  }

  #create({ name, image, kind }: Extract<ResolvedCall, { call: 'create' }>): ['POST', string, object] {
    const { root, directory } = this.#bench
    const place = join(directory, `${this.#track}-${++this.#places}`)
    mkdirSync(join(root, place))
    const body = {
      Image: image === 'known' ? this.#bench.image : 'strandline-unknown:1',
      Cmd: COMMANDS[kind],
      Labels: { place, kind, track: this.#named(`track${this.#track}`) },
      HostConfig: { NetworkMode: 'none', Binds: [`${place}:${INSIDE}`] },
    }
    return ['POST', `/containers/create?name=${name.length < 2 ? name : this.#named(name)}`, body]
  }

  #verb(call: Exclude<ResolvedCall, { call: 'create' }>): ['POST' | 'DELETE', string] {
    const path = `/containers/${this.#text(call.reference)}`
    switch (call.call) {
      case 'start':
        return ['POST', `${path}/start`]
      case 'stop':
        return ['POST', `${path}/stop?t=${call.graceSeconds}`]
      case 'kill':
        return ['POST', `${path}/kill?signal=${call.signal}`]
      case 'remove':
        return ['DELETE', path]
      case 'remove by force':
        return ['DELETE', `${path}?force=1`]
    }
  }

  async #wait(reference: Reference, condition: string): Promise<string> {
    const { status, body } = await this.#bench.api.call(
      'POST',
      `/containers/${this.#text(reference)}/wait?condition=${condition}`,
    )
    const nth = this.#waits.push('waits') - 1
    const told = body.then((said) => {
      this.#waits[nth] = status === 200 ? codeOf(said) : String(status)
    })
    if (status !== 200) await told
    return String(status)
  }

  async #list(kind: Kind | undefined): Promise<string> {
    const label = [`track=${this.#named(`track${this.#track}`)}`, ...(kind === undefined ? [] : [`kind=${kind}`])]
    const filters = encodeURIComponent(JSON.stringify({ label }))
    const { body } = await this.#bench.api.call('GET', `/containers/json?all=1&filters=${filters}`)
    const found = (await body) as readonly { readonly Names: readonly string[]; readonly State: string }[]
    const words = found.map(({ Names, State }) => `${Names[0]?.slice(this.#bench.prefix.length + 1)} ${State}`)
    return words.toReversed().join(' ')
  }

  async #inspect(reference: string): Promise<RealContainer | number | 'unreachable'> {
    const { status, body } = await this.#bench.api.call('GET', `/containers/${reference}/json`)
    const report = (await body) as Report | undefined
    if (status !== 200 || report === undefined) return status
    const { Id, State, Config } = report
    const { Status, ExitCode, StartedAt } = State
    return {
      id: Id,
      state: Status,
      exitCode: ExitCode,
      startedAt: StartedAt,
      place: join(this.#bench.root, Config.Labels.place ?? ''),
    }
  }

  /** What has just begun is not yet ready to be signalled. */
  async #awaitReady(now: RealContainer | undefined, before: RealContainer | undefined): Promise<void> {
    if (now?.state !== 'running' || (now.id === before?.id && now.startedAt === before.startedAt)) return
    const deadline = performance.now() + READY_MS_MAX
    while (!existsSync(join(now.place, 'ready'))) {
      if (performance.now() > deadline) throw new Error('a container that has begun does not become ready')
      await delay(POLL_MS)
    }
  }

  #forgetReady(): void {
    for (const each of this.#seen) if (each !== undefined) rmSync(join(each.place, 'ready'), { force: true })
  }

  #container(name: string): RealContainer {
    const found = this.#seen.find((_, nth) => nameOf(nth, this.#track) === name)
    if (found === undefined) throw new Error(`nobody has the name ${name}`)
    return found
  }

  #text(reference: Reference): string {
    return 'name' in reference ? this.#named(reference.name) : this.#ids.at(reference.nthId)
  }

  #named(name: string): string {
    return `${this.#bench.prefix}${name}`
  }
}

function codeOf(said: unknown): string {
  return said === undefined ? 'unreachable' : `200 ${(said as { readonly StatusCode: number }).StatusCode}`
}
