/**
 * When commands arrive: at a time of their own, or once the run has got so far. A replay goes by the times that were recorded
 * and needs no progress.
 */
import { type Command, label, type Operation, type Scenario, type World } from '../sim/index.ts'

const arrivalLabel = label('arrival')

export class Arrivals<C> {
  /** When the latest command arrived. */
  latestUs = 0
  private readonly world: World
  private readonly scenario: Scenario<C>
  private readonly byProgress: { progress: number; operation: Operation }[] = []
  private outstanding = 0

  constructor(world: World, scenario: Scenario<C>) {
    this.world = world
    this.scenario = scenario
  }

  announce(arrive: (command: Command<C>) => void): void {
    const { loop, choices } = this.world
    for (const command of this.scenario.commands) {
      this.outstanding++
      const { at } = command
      const chain = loop.root(command.id)
      const us = 'ms' in at ? Math.round(at.ms * 1000) : 0
      const window = { earliestUs: us, typicalUs: us, latestUs: us + 1_000 }
      const come = () => {
        this.outstanding--
        this.latestUs = this.world.nowUs
        arrive(command)
      }
      if ('ms' in at || choices.replaying) loop.issue(chain, arrivalLabel, window, come)
      else this.byProgress.push({ progress: at.progress, operation: loop.reserve(chain, arrivalLabel, window, come) })
    }
    this.byProgress.sort((a, b) => a.progress - b.progress)
  }

  /** Has every command arrived? */
  get areOver(): boolean {
    return this.outstanding === 0
  }

  /** Are there commands that wait for progress? */
  get areWaiting(): boolean {
    return this.byProgress.length > 0
  }

  /** Commands for which the run has got far enough arrive now. */
  followProgress(): void {
    for (;;) {
      const next = this.byProgress[0]
      if (next === undefined || this.world.loop.steps < next.progress * this.scenario.profile.horizon) return
      this.hasten()
    }
  }

  /** The next command that waits for progress arrives now; when that is, is recorded as the choice that it is. */
  hasten(): boolean {
    const next = this.byProgress.shift()
    if (next !== undefined) this.world.loop.release(next.operation)
    return next !== undefined
  }
}
