/**
 * What a recorded failure did, step by step, so that a replay on changed code can say where it left the way. Replies and the
 * ticks of idle loops say nothing and are left out.
 */
import type { Operation } from '../sim/index.ts'
import type { Run } from './run.ts'

/** The names of the steps up to the failure, without their numbers: what comes for the nth time follows from the order. */
export interface Expectation {
  readonly invariant: string
  readonly steps: readonly string[]
}

/** Where a replay first did something else. */
export interface Divergence {
  /** Of the steps that are compared, from 1. */
  readonly at: number
  readonly of: number
  readonly expected: string
  /** Undefined: the run had ended. */
  readonly came: string | undefined
  /** When what came instead happened, in microseconds. */
  readonly atUs: number
}

interface Taken {
  readonly index: number
  readonly atUs: number
  readonly name: string
}

/** Listens to a run. */
export class Footsteps {
  private readonly taken: Taken[] = []

  readonly onStep = ({ index, atUs, operation }: { index: number; atUs: number; operation: Operation }): void => {
    if (isTelling(operation)) this.taken.push({ index, atUs, name: unnumbered(operation.name) })
  }

  expectation(run: Run, invariant: string): Expectation {
    const end = run.failures.find((failure) => failure.invariant === invariant)?.step ?? run.steps
    return { invariant, steps: this.taken.filter(({ index }) => index <= end).map(({ name }) => name) }
  }

  /** Undefined: every expected step was taken, in this order. */
  divergenceFrom({ steps }: Expectation): Divergence | undefined {
    const at = steps.findIndex((expected, at) => this.taken[at]?.name !== expected)
    if (at < 0) return undefined
    const came = this.taken.map(({ name }) => name)
    const atUs = (this.taken[at] ?? this.taken.at(-1))?.atUs ?? 0
    return { at: at + 1, of: steps.length, expected: numbered(steps, at)!, came: numbered(came, at), atUs }
  }
}

function unnumbered(name: string): string {
  return name.replace(/#\d+/, '')
}

/** The name at this place with the number that it has among its equals, as an operation would show it. */
function numbered(names: readonly string[], at: number): string | undefined {
  const name = names[at]
  if (name === undefined) return undefined
  const turn = names.slice(0, at + 1).filter((one) => one === name).length
  return turn === 1 ? name : `${name}#${turn}`
}

function isTelling({ footprint, life, periodUs }: Operation): boolean {
  return periodUs === 0 && (footprint.length > 0 || life === undefined)
}
