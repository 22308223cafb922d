/**
 * An operation is what the machine has been asked to do and has not done yet: one half (effect or reply) of a call
 * through a port, a timer, an arrival. The only decision about it is when it fires.
 */
import type { Chain } from './chain.ts'
import { type Label, machineLabel, mixHigh, mixLow } from './hash.ts'

/** How long an operation takes, in microseconds after it was issued. */
export interface Window {
  readonly earliestUs: number
  readonly typicalUs: number
  readonly latestUs: number
}

/** In whose life an operation happens. */
export interface Actor {
  readonly name: string
}

/** The second half of a call. */
export const replyLabel = machineLabel('reply')

export class Operation {
  readonly chain: Chain
  readonly label: Label
  readonly k: number
  readonly h1: number
  readonly h2: number
  readonly footprint: readonly string[]
  /** The server life in which it happens; its death removes the operation. */
  readonly life: Actor | undefined
  readonly issuedUs: number
  readonly serial: number
  /** The step that issued it: its number in the run, from 1; 0 before the first. */
  readonly cause: number
  /** What is called, and for the how-manieth time below the chain's root; of a reply, what it answers. */
  readonly call: { readonly label: Label; readonly turn: number }
  readonly fire: () => void
  /** Absolute times. `atUs` is negative until the operation stands in the order of times. */
  earliestUs: number
  typicalUs: number
  latestUs: number
  atUs = -1
  /** Delayed by a stall: until it fires, its server is not what it is in calm. */
  stalled = false
  state: 'pending' | 'fired' | 'removed' = 'pending'
  /** Where in the code it was issued; only in runs that ask for it. */
  stack: string | undefined
  /** Of a sleeping periodic loop, its period: nothing is under way in it. 0 for everything else. */
  readonly periodUs: number

  constructor(
    chain: Chain,
    label: Label,
    life: Actor | undefined,
    footprint: readonly string[],
    window: Window,
    nowUs: number,
    serial: number,
    cause: number,
    periodUs: number,
    fire: () => void,
  ) {
    this.chain = chain
    this.label = label
    this.k = chain.count(label)
    const value = label.hash + this.k
    this.h1 = mixLow(chain.h1, value)
    this.h2 = mixHigh(chain.h2, value)
    this.life = life
    this.footprint = footprint
    this.issuedUs = nowUs
    this.serial = serial
    this.cause = cause
    if (label === replyLabel && chain.latest !== undefined) this.call = chain.latest
    else {
      this.call = { label, turn: chain.root.turn(label) }
      chain.latest = this.call
    }
    this.earliestUs = nowUs + window.earliestUs
    this.typicalUs = nowUs + window.typicalUs
    this.latestUs = nowUs + window.latestUs
    this.periodUs = periodUs
    this.fire = fire
  }

  /** For people and constraints: `c0.claim`, `c0.claim.reply`, `server0.reap#2`. */
  get name(): string {
    const { label: called, turn } = this.call
    const reply = this.label === replyLabel ? '.reply' : ''
    return `${this.chain.root.label.text}.${called.text}${turn === 1 ? '' : `#${turn}`}${reply}`
  }

  get path(): string {
    return `${this.chain.path}/${this.label.text}${this.k === 0 ? '' : `#${this.k}`}`
  }
}
