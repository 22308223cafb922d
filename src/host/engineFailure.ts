/** What went wrong between here and a container engine, in words. */
import { ContainerError } from '../ports/index.ts'
import { codeOf } from './hostError.ts'

/** The engine has answered, and did not do it. */
export interface Refusal {
  /** HTTP. */
  readonly status: number
  readonly said: string
}

interface Unanswered {
  readonly statusCode?: undefined
}

/** What dockerode rejects with where there was an answer. */
interface Answered {
  readonly statusCode: number
  /** dockerode's own word for the status. */
  readonly reason?: string
  readonly message: string
}

/** Undefined: it has not answered. */
export function refusalOf(error: unknown): Refusal | undefined {
  const answered = error as Answered | Unanswered
  if (answered.statusCode === undefined) return undefined
  const { statusCode: status, reason = 'unexpected', message } = answered
  return { status, said: message.replace(`(HTTP code ${status}) ${reason} - `, '').trim() }
}

export function connectionFailure(error: unknown, place: string): ContainerError {
  if (error instanceof ContainerError) return error
  return new ContainerError('unreachable', sentence(error, place))
}

function sentence(error: unknown, place: string): string {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return `there is no container engine at ${place} (${code}): start it, or say by DOCKER_HOST where it is`
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return `no permission to use the container engine at ${place} (${code}): join the group that owns it`
  }
  if (error instanceof SyntaxError) return `what answers at ${place} is no container engine: set DOCKER_HOST`
  return `the connection to the container engine at ${place} has failed: ${code || String(error)}`
}
