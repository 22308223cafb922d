/** The engine's interface as it is on the wire: every status code arrives as it was sent. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'

/** `unreachable`: there was no connection, or it broke. */
export interface Answer {
  readonly status: number | 'unreachable'
  /** Undefined if the connection broke before the end. */
  readonly body: Promise<unknown>
}

const UNREACHABLE: Answer = { status: 'unreachable', body: Promise.resolve(undefined) }

export class Api {
  readonly #socketPath: string
  readonly #open = new Set<ClientRequest>()
  #agent = new Agent({ keepAlive: true })

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /** Resolves when the engine has begun to answer. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    const sent = request({ socketPath: this.#socketPath, agent: this.#agent, method, path, headers })
    this.#open.add(sent)
    sent.on('close', () => this.#open.delete(sent))
    const answer = new Promise<Answer>((resolve) => {
      sent.on('response', (response) => resolve({ status: response.statusCode ?? 0, body: bodyOf(response) }))
      sent.on('error', () => resolve(UNREACHABLE))
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    return answer
  }

  /** Nobody listens any more to what has not been answered. */
  hangUp(): void {
    for (const request of this.#open) request.destroy()
    this.#agent.destroy()
    this.#agent = new Agent({ keepAlive: true })
  }
}

function bodyOf(response: IncomingMessage): Promise<unknown> {
  return new Promise((resolve) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk) => {
      text += chunk
    })
    response.on('error', () => resolve(undefined))
    response.on('close', () => resolve(response.complete ? parsed(text) : undefined))
  })
}

function parsed(text: string): unknown {
  return text.trim() === '' ? {} : JSON.parse(text)
}
