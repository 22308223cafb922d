/** What answers on an engine's socket without being an engine: for what a real one does at its own time only. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A status and a body; or its beginning, after which the connection breaks, or nothing more comes. */
export type Answer = readonly [status: number, body?: unknown] | 'broken' | 'silent'

/** Gone when the test has finished. `place`: a socket's path, or a port; 0: any that is free. Resolves with its port. */
export async function falseEngine(place: string | number, answers: Readonly<Record<string, Answer>>): Promise<number> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(`http://engine${request.url}`)
    request.resume().once('end', () => give(response, answers[`${request.method} ${pathname}`] ?? [404]))
  })
  await new Promise<void>((resolve) => server.listen(place, () => resolve()))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return typeof place === 'number' ? (server.address() as AddressInfo).port : 0
}

function give(response: ServerResponse, answer: Answer): void {
  if (answer === 'broken' || answer === 'silent') {
    response.writeHead(200).write('{')
    if (answer === 'broken') setImmediate(() => response.destroy())
    return
  }
  const [status, body] = answer
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
}
