/**
 * Conducts one run: servers boot and restart, commands arrive, chaos turns into calm, and the run ends at quiescence: no
 * foreground operation is pending, no due time lies ahead, and every periodic loop has gone round often enough without a
 * change. Idle rounds between due times are skipped and counted.
 */
import {
  type Command,
  type Life,
  label,
  type Machine,
  runInScope,
  type Scenario,
  type Strategy,
  type Window,
  type World,
} from '../sim/index.ts'
import { Arrivals } from './arrivals.ts'
import type { Judge } from './judge.ts'
import type { Driver, Stage, Subject } from './subject.ts'
import { carryOut, isWorldCommand } from './worldCommands.ts'

const bootLabel = label('boot')
const restartLabel = label('restart')
const chaosPurpose = label('chaos')
const bootWindow: Window = { earliestUs: 0, typicalUs: 0, latestUs: 1_000 }
const restartWindow: Window = { earliestUs: 100_000, typicalUs: 1_000_000, latestUs: 20_000_000 }
/** Far more than any run needs: a system that never comes to rest is a finding, not a hang. */
const STEPS_MAX = 30_000

/** Where a run leaves its record: so many steps are as recorded, then chance rules again. */
export interface Fork {
  readonly steps: number
  readonly seed: number
  readonly strategy: Strategy
}

export class Conductor<C> {
  skippedRounds = 0
  private readonly subject: Subject<C>
  private readonly scenario: Scenario<C>
  private readonly world: World
  private readonly machine: Machine
  private readonly judge: Judge
  private readonly drivers: (Driver<C> | undefined)[] = []
  private readonly waiting: { command: Command<C>; server: number }[] = []
  private readonly arrivals: Arrivals<C>
  /**
   * When chaos ends, where the record says so; 0 elsewhere. It is a choice like others: if it always followed the last
   * arrival, deleting that command would spare all others what struck them late.
   */
  private chaosUntilUs = 0
  private calmedUs = 0
  private fork: Fork | undefined

  constructor(
    subject: Subject<C>,
    scenario: Scenario<C>,
    world: World,
    machine: Machine,
    judge: Judge,
    fork: Fork | undefined,
  ) {
    this.fork = fork
    this.subject = subject
    this.scenario = scenario
    this.world = world
    this.machine = machine
    this.judge = judge
    this.arrivals = new Arrivals(world, scenario)
    world.idleChange = (change) => subject.idle(change)
    machine.onEnd = (life) => {
      this.drivers[life.server] = undefined
      this.start(life.server, restartLabel, restartWindow)
    }
  }

  conduct(): void {
    const { world, judge } = this
    world.image.begin({ nowMs: () => world.wallMs, randomBits: () => world.randomBits() })
    world.mirror.load()
    for (let server = 0; server < this.scenario.profile.servers; server++) this.start(server, bootLabel, bootWindow)
    this.arrivals.announce((command) => this.arrive(command))
    this.chaosUntilUs = world.choices.recorded(world.loop.root('world'), chaosPurpose) ?? 0
    for (;;) {
      this.arrivals.followProgress()
      if (this.fork?.steps === world.loop.steps) this.leaveRecord(this.fork)
      if (!world.loop.step()) {
        if (!this.arrivals.hasten()) break
        continue
      }
      if (world.hazards.chaos && this.arrivals.areOver && world.nowUs >= this.chaosEndsUs) this.calm()
      if (world.nowUs >= judge.calmUs) judge.stepped()
      if (this.isQuiescent()) break
      if (world.loop.steps > STEPS_MAX) {
        judge.fail('REST', 'liveness', { text: `no rest after ${STEPS_MAX} steps`, about: [] })
        // What is still free gets its place behind the end, in a replay too.
        world.loop.calm()
        break
      }
    }
    judge.settled()
    for (const unfinished of this.subject.unfinished(judge.view)) judge.fail('STRAND', 'liveness', unfinished)
  }

  /** The sum of a number that the living servers show. */
  gauge(name: string): number {
    let sum = 0
    for (const driver of this.drivers) sum += driver?.gauges?.()[name] ?? 0
    return sum
  }

  private leaveRecord({ seed, strategy }: Fork): void {
    this.fork = undefined
    if (!this.world.hazards.chaos) return
    this.world.choices.fork(seed)
    this.world.loop.free(strategy)
  }

  private calm(): void {
    const { choices, loop } = this.world
    if (this.chaosUntilUs === 0 && !choices.replaying) choices.note(loop.root('world'), chaosPurpose, this.chaosEndsUs)
    this.world.hazards.chaos = false
    this.world.loop.calm()
    this.calmedUs = this.world.nowUs
    // A round that a fault made fail looked idle and was none.
    for (const periodic of this.machine.loops) periodic.idleRounds = 0
    this.judge.calmUs = this.recoveredUs()
    this.world.tell('world', [], 'faults end here, and every operation takes its typical time')
  }

  /** When the last server stands no longer still and the last stalled operation is through: only then is time fair. */
  private recoveredUs(): number {
    let us = Math.max(this.world.nowUs, this.machine.disk.fullUntilUs, this.machine.containers.awayUntilUs)
    for (const life of this.machine.lives) us = Math.max(us, life?.pausedUntilUs ?? 0)
    for (const { stalled, atUs } of this.world.loop.pending()) if (stalled) us = Math.max(us, atUs)
    return us
  }

  private start(server: number, name: typeof bootLabel, window: Window): void {
    const { loop } = this.world
    loop.issue(loop.root(`server${server}`), name, window, () => {
      const life = this.machine.startLife(server)
      if (life === undefined) this.start(server, restartLabel, restartWindow)
      else void this.boot(life)
    })
  }

  private async boot(life: Life): Promise<void> {
    const driver = await this.subject.boot(this.stage(life))
    this.drivers[life.server] = driver
    for (let i = 0; i < this.waiting.length; ) {
      const { command, server } = this.waiting[i]!
      if (server === life.server) {
        this.waiting.splice(i, 1)
        this.carry(command, driver)
      } else i++
    }
  }

  private stage(life: Life): Stage {
    const { world, judge } = this
    return {
      life,
      view: judge.view,
      owning: (table, id, fence, name, work) => {
        const generation = world.mirror.generationOf(table, id, fence)
        const origin = world.mirror.origin(table, id) ?? `${table}${id}`
        return world.inScope(origin, name, { table, id, generation }, work)
      },
      outside: (work) => runInScope(undefined, work),
      plant: (sql, parameters) => {
        world.image.plant(sql, parameters)
        world.committed()
      },
    }
  }

  private arrive(command: Command<C>): void {
    this.world.changes++
    const { do: what } = command
    if (isWorldCommand(what)) {
      carryOut(what, command.id, this.world, this.machine, (life) => this.stop(life))
      return
    }
    const server = serverOf(what) % this.scenario.profile.servers
    const driver = this.drivers[server]
    if (driver === undefined) this.waiting.push({ command, server })
    else this.carry(command, driver)
  }

  private carry(command: Command<C>, driver: Driver<C>): void {
    const { world } = this
    world
      .inScope(command.id, 'request', undefined, async () => driver.carry(command.do as C, command.id))
      .catch((error: unknown) => this.judge.escaped(error))
  }

  private stop(life: Life): void {
    const driver = this.drivers[life.server]
    if (driver?.stop === undefined) return
    life.stopping.abort()
    void driver.stop().then(() => this.machine.end(life, 'stop'))
  }

  /** True when nothing more will come. Where only idle rounds lie before the next thing that will, they are skipped. */
  private isQuiescent(): boolean {
    const { loop, changes, hazards } = this.world
    const { loops } = this.machine
    for (const { sleeping, seen } of loops) if (!sleeping || seen !== changes) return false
    if (!this.isSettled()) return false
    // Without loops, operations that are pending make progress; when there are none, the next arrives anyway.
    if (this.arrivals.areWaiting) {
      if (loops.length > 0) this.arrivals.hasten()
      return false
    }
    const dueUs = this.nextDueUs()
    if (dueUs === Number.POSITIVE_INFINITY) return true
    for (const { periodUs, typicalUs } of loop.pending()) if (periodUs > 0 && typicalUs <= loop.nowUs) return false
    const skipped = dueUs <= loop.nowUs ? 0 : loop.skipIdle(dueUs)
    if (skipped === 0) return false
    for (const periodic of loops) periodic.idleRounds = 0
    this.skippedRounds += skipped
    this.world.tell('world', [], `${skipped} idle rounds are skipped`)
    // Whoever waited in vain until then has waited all that time.
    if (!hazards.chaos && dueUs > this.judge.calmUs) {
      loop.advanceTo(dueUs - 1)
      this.judge.stepped()
    }
    return false
  }

  /** Is every server up, and has each of its loops gone round often enough since anything changed, in its memory too? */
  private isSettled(): boolean {
    const { lives, loops } = this.machine
    for (let server = 0; server < this.scenario.profile.servers; server++)
      if (lives[server] === undefined || this.drivers[server] === undefined) return false
    const settleRounds = this.subject.settleRounds(this.judge.view)
    const { foregroundUs } = this.world.loop
    return loops.every(
      ({ idleRounds, beganUs }) => idleRounds >= settleRounds && beganUs >= this.calmedUs && beganUs > foregroundUs,
    )
  }

  /** When something will happen that is not an idle round. */
  private nextDueUs(): number {
    const { loop, wallMs } = this.world
    const { chaos } = this.world.hazards
    let dueUs = chaos && this.arrivals.areOver ? this.chaosEndsUs : Number.POSITIVE_INFINITY
    for (const { periodUs, typicalUs, atUs } of loop.pending())
      if (periodUs === 0) dueUs = Math.min(dueUs, chaos ? typicalUs : atUs)
    // What fell due since the last rounds began, they may have missed.
    let sinceUs = loop.nowUs
    for (const { beganUs } of this.machine.loops) sinceUs = Math.min(sinceUs, beganUs)
    const dueMs = this.subject.due(this.judge.view, wallMs - Math.ceil((loop.nowUs - sinceUs) / 1000))
    return dueMs === undefined ? dueUs : Math.min(dueUs, loop.nowUs + Math.ceil((dueMs - wallMs) * 1000))
  }

  private get chaosEndsUs(): number {
    return this.chaosUntilUs || this.arrivals.latestUs + this.scenario.profile.tailMs * 1000
  }
}

function serverOf(what: unknown): number {
  return (what as { server?: number }).server ?? 0
}
