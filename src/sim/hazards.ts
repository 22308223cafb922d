/**
 * Where faults strike in a run: each site asks here, and each answer is a choice under the key of the operation that it
 * hits. Only faults that the profile names strike, and only while there is chaos.
 */
import type { Choices, Keyed } from './choices.ts'
import type { StatementFault } from './database.ts'
import { type Fault, type FaultName, faults } from './fault.ts'
import { type Label, label } from './hash.ts'
import type { Operation } from './operation.ts'
import type { Profile } from './scenario.ts'

/** Crashes by chance in one run: a server that never comes up tests nothing. */
const CRASHES_MAX = 8

const statementFaults = [
  { strike: 'crash', fault: faults.crashInStatement },
  { strike: 'busy', fault: faults.busy },
  { strike: 'full', fault: faults.full },
  { strike: 'ioError', fault: faults.ioError },
] as const

export class Hazards {
  /** Faults strike only while this holds. */
  chaos = true
  private readonly choices: Choices
  private readonly profile: Profile
  private readonly told: (fault: Fault, operation: Operation, text: string) => void
  private readonly delays = new Map<Label, Fault[]>()
  private crashes = 0

  /** `told` hears of every fault that strikes an operation. */
  constructor(choices: Choices, profile: Profile, told: (fault: Fault, operation: Operation, text: string) => void) {
    this.choices = choices
    this.profile = profile
    this.told = told
  }

  strikes(owner: Keyed, fault: Fault): boolean {
    const rate = this.rateOf(fault)
    return rate !== undefined && this.choices.strikes(owner, fault.purpose, rate)
  }

  /** How many milliseconds the fault displaces; 0: it does not strike. */
  spread(owner: Keyed, fault: Fault): number {
    const rate = this.rateOf(fault)
    return rate === undefined ? 0 : this.choices.strikeSpread(owner, fault.purpose, rate, fault.ms[0], fault.ms[1])
  }

  /** A delay fault strikes operations of this name (beside `stall`, which strikes all). */
  delaysBy(name: Label, fault: Fault): void {
    const known = this.delays.get(name) ?? []
    if (this.profile.faults[fault.name as FaultName] === undefined || known.includes(fault)) return
    this.delays.set(name, [...known, fault])
  }

  /** Stretches an operation's window and perhaps delays it, before it gets its place. */
  widen(operation: Operation): void {
    if (operation.life === undefined || !this.chaos) return
    const { stretch } = this.profile
    if (stretch !== 1) operation.latestUs = operation.typicalUs + (operation.latestUs - operation.typicalUs) * stretch
    this.delay(operation, faults.stall)
    const own = this.delays.get(operation.label)
    if (own !== undefined) for (const fault of own) this.delay(operation, fault)
  }

  /** Does the server die here, before the operation? */
  killsBefore(operation: Operation): boolean {
    if (this.crashes >= CRASHES_MAX || !this.strikes(operation, faults.crash)) return false
    this.crashes++
    this.told(faults.crash, operation, `dies before ${operation.label.text}`)
    return true
  }

  /** How long the server stands still from here on; 0: it does not. */
  pauseMs(operation: Operation): number {
    const ms = this.spread(operation, faults.pause)
    if (ms > 0) this.told(faults.pause, operation, `stands still for ${ms} ms`)
    return ms
  }

  /** What strikes the operation's nth statement (from 0). */
  statement(operation: Operation, n: number): StatementFault {
    if (!this.chaos) return undefined
    for (const { strike, fault } of statementFaults) {
      if (this.profile.faults[fault.name as FaultName] === undefined) continue
      const purpose = n === 0 ? fault.purpose : label(`${fault.name}@${n}`)
      if (!this.strikes(operation, { ...fault, purpose })) continue
      this.told(fault, operation, `${operation.label.text} meets it at statement ${n + 1}`)
      return strike
    }
    return undefined
  }

  private delay(operation: Operation, fault: Fault): void {
    const ms = this.spread(operation, fault)
    if (ms === 0) return
    operation.earliestUs += ms * 1000
    operation.typicalUs += ms * 1000
    operation.latestUs += ms * 1000
    if (fault === faults.stall) operation.stalled = true
    this.told(fault, operation, `${operation.label.text} takes ${ms} ms longer`)
  }

  private rateOf(fault: Fault): number | undefined {
    return this.chaos ? this.profile.faults[fault.name as FaultName] : undefined
  }
}
