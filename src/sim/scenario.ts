/**
 * A scenario is plain data: commands with stable ids, and the profile of the machine on which they happen. Together with
 * the choices it determines the run.
 */
import type { MountProfile } from './containment.ts'
import type { FaultName } from './fault.ts'
import type { RemovalKind } from './files/index.ts'

/** When a command arrives: at a virtual time, or when the run has made a fraction of its usual steps. */
export type Arrival = { readonly ms: number } | { readonly progress: number }

/** Commands that the world itself carries out, whatever the subject. */
export type WorldCommand =
  | { readonly kind: 'crash'; readonly server: number }
  | { readonly kind: 'stop'; readonly server: number }
  | { readonly kind: 'pause'; readonly server: number; readonly ms: number }
  | { readonly kind: 'wallStep'; readonly ms: number }
  /** For so long, the disk has little room; to the brim: not for another row. */
  | { readonly kind: 'fullDisk'; readonly ms: number; readonly brim: boolean }
  /** The container engine ends, by SIGTERM or SIGKILL, and is back after so long. */
  | { readonly kind: 'engineRestart'; readonly how: 'term' | 'kill'; readonly ms: number }
  /** Kills, from outside, the nth living child process (counted modulo their number). */
  | { readonly kind: 'killProcess'; readonly nth: number }
  /** The nth living child process dies unheard, and a stranger who lives for `ms` gets its pid at once. */
  | { readonly kind: 'impostor'; readonly nth: number; readonly ms: number }
  /** Strangers take the next pids: somebody else's processes, alive for `ms`. */
  | { readonly kind: 'strangers'; readonly count: number; readonly ms: number }

export interface Command<C> {
  /** Stable: it survives shrinking, and the keys of all choices that the command causes begin with it. */
  readonly id: string
  readonly at: Arrival
  readonly do: C | WorldCommand
}

export interface Profile {
  /** The faults of this run and their rate per site; a fault that is not named here never strikes. */
  readonly faults: Partial<Record<FaultName, number>>
  /** Multiplies the slack of every window. */
  readonly stretch: number
  readonly servers: number
  /** Threads of each server's pool. */
  readonly poolSize: number
  /** Pids go from 1 to here, then start again. */
  readonly pidMax: number
  /** Up to so many strangers are there in each new container before the server's first child. */
  readonly neighbours: number
  /** What a crash takes along: the server's process, or its container with the whole pid namespace. */
  readonly crashTakes: 'process' | 'container'
  /** Is pid 1 of the server's namespace the server itself, which reaps only its own children, or an init that reaps all? */
  readonly init: 'server' | 'tini'
  /** Where a directory stands that is bound into a container. */
  readonly mounts: MountProfile
  /** How the server's machine removes a directory with all that is in it. */
  readonly removal: RemovalKind
  /** Chaos goes on for so long after the last arrival, in milliseconds. */
  readonly tailMs: number
  /** What the machine's randomness derives from: an integer. */
  readonly entropy: number
  /** How many steps runs of this kind usually have: what fractions of the progress refer to. */
  readonly horizon: number
}

/** How the system under test is set up; what the names mean, the subject knows. */
export type Settings = Readonly<Record<string, number | string | boolean>>

export interface Scenario<C> {
  readonly family: string
  readonly settings: Settings
  readonly commands: readonly Command<C>[]
  readonly profile: Profile
}

export const calmProfile: Profile = {
  faults: {},
  stretch: 1,
  servers: 1,
  poolSize: 4,
  pidMax: 32_768,
  neighbours: 0,
  crashTakes: 'container',
  init: 'tini',
  mounts: 'bind-source',
  removal: 'sequential',
  tailMs: 10_000,
  entropy: 0,
  horizon: 200,
}
