/**
 * The connection to a container engine, where DOCKER_HOST and its kin say, else at Docker's own socket. Nothing is loaded
 * before it is needed. dockerode never settles a call whose connection breaks after the head of the answer, which is how
 * every wait ends when the engine is killed (spec: kernel C16): so all answers are read as streams, whose break is an error.
 */
import type { Agent, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type Dockerode from 'dockerode'
import { ContainerError } from '../ports/index.ts'
import { connectionFailure, refusalOf } from './engineFailure.ts'

/** After so long without a word from a distant engine it is asked whether it is still there. */
const KEEP_ALIVE_MS = 30_000

/** An engine that hangs must not hang whoever looks after everything else. */
const ANSWER_MS_MAX = 30_000

/** What an answer with this HTTP status means: a value, or an error that is thrown. */
export type Verdicts<Value> = Readonly<Record<number, (said: string) => Value>>

interface Connection {
  readonly docker: Dockerode
  readonly agent: Agent
  /** For people. */
  readonly place: string
}

interface DialOptions {
  readonly isStream?: boolean
}

type Answered = (error: unknown, answer: unknown) => void

/** What docker-modem has, and its types do not say. */
interface Modem {
  readonly protocol: string
  readonly host?: string
  readonly port?: string | number
  agent: Agent
  getSocketPath(): Promise<string> | undefined
  dial(options: DialOptions, answered: Answered): void
}

export class Engine {
  private readonly socket: string | undefined
  private connection: Promise<Connection> | undefined
  private isClosed = false

  /** `socket`: a path, whatever the environment says. */
  constructor(socket: string | undefined) {
    this.socket = socket
  }

  /** Where no verdict is given, 404 is `missing`, and all else `failed`. Throws ContainerError. */
  async ask<Value>(work: (docker: Dockerode) => Promise<Value>, verdicts: Verdicts<Value> = {}): Promise<Value> {
    return await answeredInTime(this.askPatiently(work, verdicts))
  }

  /** The same for what takes as long as it takes. */
  async askPatiently<Value>(
    work: (docker: Dockerode) => Promise<Value>,
    verdicts: Verdicts<Value> = {},
  ): Promise<Value> {
    const { docker, place } = await this.connected()
    try {
      return await work(docker)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw connectionFailure(error, place)
      const { status, said } = refusal
      const verdict = verdicts[status]
      if (verdict !== undefined) return verdict(said)
      throw new ContainerError(status === 404 ? 'missing' : 'failed', `the container engine says ${status}: ${said}`)
    }
  }

  /** Breaks off what is asked for; it goes on in the engine. */
  close(): void {
    this.isClosed = true
    void this.connection?.then(({ agent }) => agent.destroy()).catch(() => undefined)
  }

  private async connected(): Promise<Connection> {
    this.connection ??= connect(this.socket)
    try {
      const connection = await this.connection
      if (!this.isClosed) return connection
    } catch (error) {
      this.connection = undefined
      throw new ContainerError('unreachable', `the container engine cannot be asked: ${String(error)}`)
    }
    throw new ContainerError('unreachable', 'no container engine is asked any more: the host has been closed')
  }
}

function answeredInTime<Value>(answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    const say = () =>
      reject(new ContainerError('unreachable', `the container engine has not answered in ${ANSWER_MS_MAX / 1000} s`))
    timer = setTimeout(say, ANSWER_MS_MAX)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

async function connect(socket: string | undefined): Promise<Connection> {
  const { default: Docker } = await import('dockerode')
  // A host from the environment would win over the path, and its protocol and certificates with it.
  const options = socket === undefined ? {} : { socketPath: socket, host: undefined, protocol: 'http' as const }
  const docker = new Docker({ ...options, timeout: undefined })
  const modem = docker.modem as unknown as Modem
  const { Agent } = modem.protocol === 'https' ? await import('node:https') : await import('node:http')
  // A connection for each call: one that is kept may have died with the engine, unnoticed.
  const agent = new Agent({ keepAlive: false })
  modem.agent = agent
  readAsStreams(modem)
  return { docker, agent, place: (await modem.getSocketPath()) ?? `${modem.host}:${modem.port}` }
}

function readAsStreams(modem: Modem): void {
  const dial = modem.dial.bind(modem)
  modem.dial = (options, answered) => {
    dial({ ...options, isStream: true }, (error, answer) => {
      if (error) return answered(error, null)
      const stream = answer as IncomingMessage
      stream.socket.setKeepAlive(true, KEEP_ALIVE_MS)
      if (options.isStream) return answered(null, stream)
      contentOf(stream).then(
        (content) => answered(null, content),
        (broken) => answered(broken, null),
      )
    })
  }
}

async function contentOf(answer: IncomingMessage): Promise<unknown> {
  const content = await text(answer)
  return content.trim() === '' ? {} : JSON.parse(content)
}
