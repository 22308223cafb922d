/**
 * What a step shares with others: the memory of a server, the things that its operation touches, or all there is. Two steps that
 * share nothing lead to the same state in either order, so only the order of the others needs to be tried. Where it is not known
 * what a step touches, it is taken to touch everything that it might.
 *
 * - Code of a server runs at its replies, timers, arrivals and starts, and at the notice of a child's exit; all of it shares
 *   that server's memory, whichever of its lives it is.
 * - An effect runs only what it was given to do at the database or the process table, and is as good as its footprint; without one it
 *   may touch any row.
 * - How work is queued in a pool is memory of the server too, but only where there is a queue: see `crowded`.
 * - What belongs to no server (a child that ends, a command that the world carries out) touches all there is.
 */
import { conflicts, label, type Operation, replyLabel, type Scenario } from '../../sim/index.ts'
import { isWorldCommand } from '../worldCommands.ts'

export interface Access {
  /** The server whose memory it shares. */
  readonly memory: string | undefined
  readonly things: readonly string[]
}

const timerLabel = label('timer')
const exitLabel = label('exit-notice')
const bootLabels: ReadonlySet<string> = new Set(['boot', 'restart'])
const ALL: readonly string[] = ['*']
const PROCESSES: readonly string[] = ['pid:*']
const NONE: readonly string[] = []
const everything: Access = { memory: undefined, things: ALL }

export function dependent(a: Access, b: Access): boolean {
  if (a === everything || b === everything) return true
  return (a.memory !== undefined && a.memory === b.memory) || conflicts(a.things, b.things)
}

/** What the effect half of a call touches; nothing for what is no effect. */
export function thingsOf(operation: Operation): readonly string[] {
  if (operation.footprint.length > 0) return operation.footprint
  return operation.life === undefined || runsCode(operation) ? NONE : ALL
}

export function isEffect(operation: Operation): boolean {
  return operation.life !== undefined && !runsCode(operation)
}

function runsCode({ label, periodUs }: Operation): boolean {
  return label === replyLabel || label === timerLabel || label === exitLabel || periodUs > 0
}

export class Accesses {
  private readonly crowded: ReadonlySet<string>
  /** Command → the server that carries it out; undefined where that is the world. */
  private readonly carriers = new Map<string, string | undefined>()
  /** Where servers are stopped, any of their code may end them, and with them their process. */
  private readonly ofCode: readonly string[]

  /** `crowded`: servers that had more work for their pool than it has threads. */
  constructor({ commands, profile }: Scenario<unknown>, crowded: ReadonlySet<string>) {
    this.crowded = crowded
    for (const { id, do: what } of commands) {
      const { server = 0 } = what as { server?: number }
      this.carriers.set(id, isWorldCommand(what) ? undefined : `server${server % profile.servers}`)
    }
    this.ofCode = [...this.carriers.values()].includes(undefined) ? PROCESSES : NONE
  }

  of(operation: Operation): Access {
    const { life, label, chain } = operation
    const things = thingsOf(operation)
    if (life !== undefined) {
      const server = serverOf(life.name)
      if (runsCode(operation)) return { memory: server, things: things.length > 0 ? things : this.ofCode }
      return { memory: this.crowded.has(server) ? server : undefined, things }
    }
    const root = chain.root.label.text
    if (bootLabels.has(label.text)) return { memory: root, things: PROCESSES }
    const carrier = this.carriers.get(root)
    return carrier === undefined || label.text !== 'arrival' ? everything : { memory: carrier, things: this.ofCode }
  }
}

/** `server0` of the life `server0.1`. */
export function serverOf(life: string): string {
  return life.slice(0, life.indexOf('.'))
}
