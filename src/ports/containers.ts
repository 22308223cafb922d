/**
 * Containers as a system may ask an engine for them. A name is unique in the engine until the removal of its container is
 * complete; an id is never used again. What was asked for goes on in the engine whether or not anybody still waits for
 * the answer (spec: kernel C1, C5, C13).
 */
import type { ContainerId, RunId } from '../model/ids.ts'
import type { TerminationSignal } from './processes.ts'

export interface Bind {
  /** A directory of the server's machine, absolute, that exists. */
  readonly source: string
  /** Where the container sees it. */
  readonly target: string
}

export interface ContainerSpec {
  readonly name: string
  /** Must be there: nothing is pulled. */
  readonly image: string
  /** Replaces what the image runs; empty: what the image says. */
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Where it begins, inside; undefined: where the image says. */
  readonly directory: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly binds: readonly Bind[]
}

/** `removing`: its name is still taken. */
export type ContainerState = 'created' | 'running' | 'exited' | 'removing'

export interface ContainerReport {
  readonly id: ContainerId
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: ContainerState
  /** How it ended; NULL while it has not. */
  readonly exitCode: number | null
}

/**
 * Why the engine did not do it. `conflict`: the name is taken. `missing`: there is no such container. `busy`: its removal
 * is under way, which does not mean that it is gone. `impossible`: the image, the command or the rest of the
 * specification is not to be had, and trying again cannot help. `unreachable`: nobody knows whether it was done.
 */
export type ContainerFailure = 'conflict' | 'missing' | 'busy' | 'impossible' | 'unreachable' | 'failed'

export class ContainerError extends Error {
  readonly failure: ContainerFailure
  constructor(failure: ContainerFailure, message: string) {
    super(message)
    this.name = 'ContainerError'
    this.failure = failure
  }
}

/** Every call may throw ContainerError. */
export interface Containers {
  create(spec: ContainerSpec): Promise<ContainerId>
  /** Fine if it runs already. */
  start(id: ContainerId): Promise<void>
  /**
   * Resolves with the exit code when the container has exited, which may be noticed late; what it prints until then is
   * in the run's directory by that time. That may take a while: `ended` is called as soon as it is known that it has
   * exited, and then wait resolves for certain. Aborted, it rejects with the signal's reason, and the container goes on.
   */
  wait(id: ContainerId, run: RunId, signal: AbortSignal, ended?: () => void): Promise<number>
  /** `gone`: it does not run. */
  kill(id: ContainerId, signal: TerminationSignal): Promise<'sent' | 'gone'>
  /** Kills it where it runs. Resolves when its name is free; fine if there is none. */
  remove(id: ContainerId): Promise<void>
  /** Those that carry all of these labels, in the order of their creation. */
  list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerReport[]>
}
