/** A server's view of the engine: what it asks for goes on there, whatever becomes of the server. */
import type { ContainerId, RunId } from '../model/ids.ts'
import {
  ContainerError,
  type ContainerFailure,
  type ContainerReport,
  type ContainerSpec,
  type Containers,
  type TerminationSignal,
} from '../ports/index.ts'
import type { Chain } from './chain.ts'
import type { ContainerRuntime } from './containerRuntime.ts'
import type { Request, SimContainer } from './engine/engine.ts'
import { type Fault, type FaultName, faults } from './fault.ts'
import { type Label, machineLabel } from './hash.ts'
import type { Life } from './life.ts'
import { type Operation, replyLabel, type Window } from './operation.ts'
import { currentScope } from './scope.ts'
import { replyWindow, type World } from './world.ts'

const createLabel = machineLabel('create-container')
const startLabel = machineLabel('start-container')
const waitLabel = machineLabel('wait-container')
const killLabel = machineLabel('kill-container')
const removeLabel = machineLabel('remove-container')
const listLabel = machineLabel('list-containers')
const noticeLabel = machineLabel('container-exit')
const ANY: readonly string[] = ['container:*']
const createWindow: Window = { earliestUs: 1_000, typicalUs: 6_000, latestUs: 100_000 }
const startWindow: Window = { earliestUs: 20_000, typicalUs: 120_000, latestUs: 2_000_000 }
const callWindow: Window = { earliestUs: 100, typicalUs: 400, latestUs: 10_000 }
const removalWindow: Window = { earliestUs: 1_000, typicalUs: 4_000, latestUs: 200_000 }
const noticeWindow: Window = { earliestUs: 50, typicalUs: 500, latestUs: 20_000 }

type Answer = 201 | 204 | 304 | 400 | 404 | 409 | 500 | 'unreachable'

export class SimContainers implements Containers {
  private readonly world: World
  private readonly life: Life
  private readonly runtime: ContainerRuntime

  constructor(world: World, life: Life, runtime: ContainerRuntime) {
    this.world = world
    this.life = life
    this.runtime = runtime
    const { hazards } = world
    hazards.delaysBy(createLabel, faults.startStall)
    hazards.delaysBy(startLabel, faults.startStall)
    hazards.delaysBy(killLabel, faults.killLate)
    hazards.delaysBy(noticeLabel, faults.exitLate)
  }

  create(spec: ContainerSpec): Promise<ContainerId> {
    const create = (operation: Operation) => {
      const answer = this.runtime.engine.create(spec)
      if (answer.status !== 201)
        throw errorOf(answer.status === 404 ? 400 : answer.status, `container ${spec.name} of image ${spec.image}`)
      this.runtime.remember(answer.id, operation.chain)
      this.world.changes++
      this.world.tell('engine', [`container:${answer.id}`], `has container ${spec.name}`)
      if (this.isLost(operation)) throw errorOf('unreachable', `container ${spec.name}`)
      return answer.id
    }
    return this.world.call(this.life, createLabel, createWindow, create, ANY)
  }

  async start(id: ContainerId): Promise<void> {
    const { engine } = this.runtime
    const failing = { fault: faults.startFail, answer: 500 } as const
    const status = await this.ask(startLabel, startWindow, id, failing, () => engine.start(id))
    if (status !== 204 && status !== 304) throw errorOf(status, `the start of container ${id}`)
  }

  async kill(id: ContainerId, signal: TerminationSignal): Promise<'sent' | 'gone'> {
    const { engine } = this.runtime
    const lost = { fault: faults.killLost, answer: 204 } as const
    const status = await this.ask(killLabel, callWindow, id, lost, () => engine.kill(id, signal))
    if (status === 204) return 'sent'
    if (status === 404 || status === 409) return 'gone'
    throw errorOf(status, `${signal} to container ${id}`)
  }

  async remove(id: ContainerId): Promise<void> {
    const { engine } = this.runtime
    const failing = { fault: faults.containerStays, answer: 500 } as const
    const status = await this.ask(removeLabel, removalWindow, id, failing, () => engine.remove(id, { force: true }))
    if (status === 409) throw new ContainerError('busy', `the removal of container ${id} is under way`)
    if (status !== 204 && status !== 404) throw errorOf(status, `the removal of container ${id}`)
  }

  wait(id: ContainerId, _: RunId, signal: AbortSignal, ended?: () => void): Promise<number> {
    const { world, life, runtime } = this
    if (!life.alive) return new Promise(() => undefined)
    const chain = world.chainFor(waitLabel)
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      const settle = (answer: () => void) => this.notice(chain, id, answer)
      const ask = () => {
        const found = runtime.engine.inspect(id)
        const token = typeof found === 'object' ? found.spec.environment.STRANDLINE_RUN : undefined
        runtime.engine.wait(id, 'not-running', (answer) =>
          settle(() => {
            if (answer.status !== 200) return reject(errorOf(answer.status, `container ${id}`))
            world.observer.happened({ kind: 'exitTold', token, life: life.name })
            ended?.()
            resolve(answer.code)
          }),
        )
      }
      world.effect(life, chain, currentScope(), waitLabel, callWindow, [`container:${id}`], ask, () => undefined)
    })
  }

  list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerReport[]> {
    const list = () => {
      const found = this.runtime.engine.list(labels)
      if (found === 'unreachable') throw errorOf(found, 'the list of containers')
      return found.map(reportOf)
    }
    return this.world.call(this.life, listLabel, callWindow, list, ANY)
  }

  /** The notice of an exit may come late, or never. */
  private notice(chain: Chain, id: ContainerId, answer: () => void): void {
    const { world, life } = this
    if (!life.alive) return
    const own = world.loop.fork(chain, noticeLabel)
    world.issue(
      life,
      own,
      noticeLabel,
      noticeWindow,
      (operation) => {
        if (!world.hazards.strikes(operation, faults.exitLost)) answer()
        else {
          world.observer.happened({ kind: 'fault', name: 'exitLost' })
          world.tell(life.name, [`container:${id}`], `never hears of the end of container ${id}`)
        }
      },
      [`container:${id}`],
    )
  }

  /** The connection breaks before the answer is there. */
  private isLost(operation: Operation): boolean {
    const { world, life } = this
    if (!world.hazards.strikes(operation, faults.answerLost)) return false
    world.observer.happened({ kind: 'fault', name: 'answerLost' })
    world.tell(life.name, operation.footprint, faults.answerLost.story)
    return true
  }

  /** Once it has arrived there, a request goes on in the engine. */
  private ask(
    name: Label,
    window: Window,
    id: ContainerId,
    { fault, answer }: { readonly fault: Fault; readonly answer: Answer },
    begin: () => Request<Answer>,
  ): Promise<Answer> {
    const { world, life, runtime } = this
    if (!life.alive) return new Promise(() => undefined)
    const chain = world.chainFor(name)
    const footprint = [`container:${id}`]
    return new Promise((resolve) => {
      const reply = (status: Answer) => {
        if (life.alive) world.issue(life, chain, replyLabel, replyWindow, () => resolve(status))
      }
      const arrive = (operation: Operation) => {
        if (world.hazards.strikes(operation, fault)) {
          world.observer.happened({ kind: 'fault', name: fault.name as FaultName })
          world.tell('engine', footprint, fault.story)
          reply(answer)
          return
        }
        const isLost = this.isLost(operation)
        const done = (status: Answer) => reply(isLost ? 'unreachable' : status)
        runtime.drive(begin(), world.loop.fork(chain, name), removalWindow, done)
      }
      world.effect(life, chain, currentScope(), name, window, footprint, arrive, () => undefined)
    })
  }
}

const failures: Readonly<Record<Exclude<Answer, 201 | 204 | 304>, ContainerFailure>> = {
  400: 'impossible',
  404: 'missing',
  409: 'conflict',
  500: 'failed',
  unreachable: 'unreachable',
}

function errorOf(answer: Answer, what: string): ContainerError {
  const failure = failures[answer as keyof typeof failures] ?? 'failed'
  return new ContainerError(failure, `${what}: the engine says ${answer}`)
}

function reportOf({ id, spec, state, exitCode }: SimContainer): ContainerReport {
  return { id, name: spec.name, labels: spec.labels, state, exitCode: state === 'exited' ? exitCode : null }
}
