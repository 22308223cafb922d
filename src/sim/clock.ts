/** A server's clocks and timers. Timers may be late, never early; a sleeping loop is known as idle. */
import type { Clock } from '../ports/index.ts'
import type { Chain } from './chain.ts'
import { faults } from './fault.ts'
import { type Label, label, machineLabel } from './hash.ts'
import type { Life } from './life.ts'
import type { Operation } from './operation.ts'
import type { World } from './world.ts'

const timerLabel = machineLabel('timer')
const roundLabel = label('round')
const SLACK_US = 2_000

/** What the world knows about a periodic loop. */
export interface PeriodicLoop {
  readonly name: string
  readonly life: Life
  sleeping: boolean
  /** Full rounds in a row that found and left everything as it was, and beside which nothing happened. */
  idleRounds: number
  /** When the last round began. */
  beganUs: number
  /** The world's count of changes when the last round ended. */
  seen: number
}

export class SimClock implements Clock {
  private readonly world: World
  private readonly life: Life
  private readonly loops: PeriodicLoop[]

  constructor(world: World, life: Life, loops: PeriodicLoop[]) {
    this.world = world
    this.life = life
    this.loops = loops
    world.hazards.delaysBy(timerLabel, faults.timerLate)
  }

  nowMs(): number {
    return this.world.wallMs
  }

  monotonicMs(): number {
    return this.world.nowUs / 1000
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.timer(this.world.chainFor(timerLabel), timerLabel, ms, 0, signal)
  }

  async every(name: string, periodMs: number, round: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const loop: PeriodicLoop = { name, life: this.life, sleeping: false, idleRounds: 0, beganUs: 0, seen: -1 }
    this.loops.push(loop)
    const sleepLabel = machineLabel(`${name}-tick`)
    this.world.hazards.delaysBy(sleepLabel, faults.timerLate)
    // A chain for each round: how many steps the earlier ones took does not rename the later ones.
    const home = this.world.forkFor(sleepLabel)
    home.isPeriodic = true
    while (!signal.aborted) {
      loop.beganUs = this.world.nowUs
      await round()
      // What happened since it began may have changed what only the system's memory knows.
      const isIdle = this.world.changes === loop.seen && loop.beganUs > this.world.loop.foregroundUs
      loop.idleRounds = isIdle ? loop.idleRounds + 1 : 0
      loop.seen = this.world.changes
      loop.sleeping = true
      const chain = this.world.loop.fork(home, roundLabel)
      await this.timer(chain, sleepLabel, periodMs, Math.round(periodMs * 1000), signal).catch(() => undefined)
      loop.sleeping = false
    }
    this.loops.splice(this.loops.indexOf(loop), 1)
  }

  private timer(chain: Chain, name: Label, ms: number, periodUs: number, signal?: AbortSignal): Promise<void> {
    const { world, life } = this
    if (!life.alive) return new Promise(() => undefined)
    if (signal?.aborted) return Promise.reject(signal.reason)
    const dueUs = Math.max(1, Math.round(ms * 1000))
    return new Promise((resolve, reject) => {
      const window = { earliestUs: dueUs, typicalUs: dueUs, latestUs: dueUs + SLACK_US }
      const fire = (operation: Operation) => {
        signal?.removeEventListener('abort', abort)
        this.stepWall(operation)
        resolve()
      }
      const operation = world.issue(life, chain, name, window, fire, undefined, periodUs)
      const abort = () => {
        world.loop.remove(operation)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  private stepWall(operation: Operation): void {
    const ms = this.world.hazards.spread(operation, faults.wallStep)
    if (ms === 0) return
    // Odd values go forwards, even ones backwards: one recorded number says both.
    this.world.setWall(ms % 2 === 1 ? ms : -ms)
  }
}
