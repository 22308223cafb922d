/**
 * A spawning process, seen from its client, for as long as it lives. It keeps the client's program alive only while an
 * answer or an exit is waited for. In a session of its own: Ctrl-C in the terminal does not reach it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Pid } from '../model/ids.ts'
import { type Exit, SpawnError } from '../ports/index.ts'
import { codeOf } from './hostError.ts'
import type { Launch, LaunchFailure, LaunchNotice, LaunchRequest, SpawnerSettings } from './spawnerMessages.ts'

/** The same as this module: TypeScript in the sources, JavaScript in the package. */
const PROGRAM = fileURLToPath(new URL(`./spawnerProcess${extname(import.meta.url)}`, import.meta.url))
/** Where the loader finds libraries of a Node that is not in one piece. */
const LOADER_VARIABLES = ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH']

export interface Started {
  readonly pid: Pid
  readonly startTime: number
  /** Undefined: whoever would tell has gone. */
  readonly ended: Promise<Exit | undefined>
}

export class SpawnerLink {
  private readonly process: ChildProcess
  private readonly waiting = new Map<number, PromiseWithResolvers<Started>>()
  private readonly running = new Map<number, PromiseWithResolvers<Exit | undefined>>()
  private requests = 0
  private hasEnded = false

  /** Throws SpawnError. */
  constructor(settings: SpawnerSettings) {
    this.process = begin(settings)
    this.process.on('message', (notice) => this.hear(notice as LaunchNotice))
    this.process.on('error', (error) => this.lose(unstarted(error)))
    this.process.once('exit', () => {
      this.hasEnded = true
    })
    // A fork of it holds the channel too until it has become the run's program, and thereby shows its token: so all that it
    // had begun to start can be found by now.
    this.process.once('disconnect', () => this.lose(lost()))
    this.process.unref()
    this.hold()
  }

  /** Can it be asked for more? */
  get isOpen(): boolean {
    return !this.hasEnded && this.process.connected
  }

  /** Rejects with SpawnError; where that is not the process's own answer, something may have been started all the same. */
  start(launch: Launch): Promise<Started> {
    const id = ++this.requests
    const waiting = Promise.withResolvers<Started>()
    this.waiting.set(id, waiting)
    this.hold()
    // One that could not be started says so by an event.
    if (this.process.pid !== undefined) this.send({ id, ...launch })
    return waiting.promise
  }

  /** Lets it go. Of what it was asked for and has not answered it starts nothing more. */
  close(): void {
    this.hasEnded = true
    if (this.waiting.size > 0) this.process.kill('SIGKILL')
    else if (this.process.connected) this.process.disconnect()
  }

  private send(request: LaunchRequest): void {
    this.process.send(request, undefined, undefined, (error) => {
      if (error !== null) this.refuse(request.id, unsent(error))
    })
  }

  private hear(notice: LaunchNotice): void {
    if (notice.kind === 'started') this.confirm(notice.id, notice)
    else if (notice.kind === 'failed') this.refuse(notice.id, errorFrom(notice.failure))
    else this.finish(notice.id, notice.exit)
  }

  private confirm(id: number, { pid, startTime }: Pick<Started, 'pid' | 'startTime'>): void {
    const running = Promise.withResolvers<Exit | undefined>()
    this.running.set(id, running)
    this.waiting.get(id)?.resolve({ pid, startTime, ended: running.promise })
    this.waiting.delete(id)
  }

  private refuse(id: number, error: SpawnError): void {
    this.waiting.get(id)?.reject(error)
    this.waiting.delete(id)
    this.hold()
  }

  private finish(id: number, exit: Exit | undefined): void {
    this.running.get(id)?.resolve(exit)
    this.running.delete(id)
    this.hold()
  }

  private lose(error: SpawnError): void {
    this.hasEnded = true
    for (const id of this.waiting.keys()) this.refuse(id, error)
    for (const id of this.running.keys()) this.finish(id, undefined)
  }

  private hold(): void {
    const { channel } = this.process
    if (this.waiting.size + this.running.size > 0) channel?.ref()
    else channel?.unref()
  }
}

function begin(settings: SpawnerSettings): ChildProcess {
  try {
    return fork(PROGRAM, [JSON.stringify(settings)], {
      cwd: '/',
      detached: true,
      env: Object.fromEntries(
        LOADER_VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
      ),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  } catch (error) {
    throw unstarted(error)
  }
}

function errorFrom({ code, message, permanent }: LaunchFailure): SpawnError {
  return new SpawnError(code, message, permanent)
}

function unstarted(error: unknown): SpawnError {
  return new SpawnError(codeOf(error), `no process can be started now: ${codeOf(error) || String(error)}`, false)
}

function unsent(error: Error): SpawnError {
  return new SpawnError(codeOf(error), `the process that starts runs cannot be asked: ${error.message}`, false)
}

function lost(): SpawnError {
  return new SpawnError('ECONNRESET', 'the process that starts runs has ended without an answer', false)
}
