/** The socket of a container engine, as a path or as Docker writes it. Whether anybody listens, its first use tells. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { UsageError } from '../usage.ts'

const SCHEME = /^unix:\/\//

/** Absolute. */
export function engineSocket(text: string): string {
  const path = text.replace(SCHEME, '')
  if (path === '' || /^\w+:\/\//.test(path))
    throw new UsageError(`--engine must be the path of a socket, not "${text}": what is elsewhere, DOCKER_HOST names`)
  const socket = resolve(path)
  const found = statSync(socket, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`--engine: there is no ${socket}: start the engine, or give its socket`)
  if (!found.isSocket()) throw new UsageError(`--engine: ${socket} is not a socket: give that of the engine`)
  return socket
}
