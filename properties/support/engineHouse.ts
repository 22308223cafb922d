/** What the tests of containers have in common: a store, an engine and a disk that the test moves, and actors of runs. */
import { expect, onTestFinished } from 'vitest'
import type { ContainerId, Fence, JobId, LifeId } from '../../src/model/ids.ts'
import {
  type Claim,
  type ContainerJobSpec,
  ContainerLauncher,
  defaultOptions,
  type Options,
  type OwnLife,
  ProcessLauncher,
  Registry,
  type RegistryHooks,
} from '../../src/system/index.ts'
import { HandDrivenEngine } from './handDrivenEngine.ts'
import { HandDrivenFiles } from './handDrivenFiles.ts'
import { handDrivenMachine, server, settled } from './handDrivenMachine.ts'
import { NOW_MS, openHouse, rowOf, sound } from './ownershipHouse.ts'
import { sharedLife } from './sharedLife.ts'

export type EngineHouse = Awaited<ReturnType<typeof engineHouse>>

const STEP_MS = 100

export async function engineHouse(changed: Partial<Options> = {}) {
  const options = { ...defaultOptions, serialGate: false, maxConcurrency: 9, ...changed }
  const house = await openHouse({ options })
  const { store, database } = house
  const engine = new HandDrivenEngine()
  const disk = new HandDrivenFiles()
  const machine = handDrivenMachine({ database, nowMs: NOW_MS, containers: engine, disk })
  const { ports } = machine
  const launchers = { processes: new ProcessLauncher(ports), containers: new ContainerLauncher(ports) }
  /** What the actors have told the rest of the server. */
  const told: string[] = []
  const failures: unknown[] = []
  onTestFinished(() => expect(failures).toEqual([]))
  const hooks: RegistryHooks = {
    handlers: {},
    ended: () => told.push('ended'),
    started: () => told.push('started'),
    exhausted: ({ message }) => told.push(`exhausted: ${message}`),
    strayed: () => told.push('strayed'),
    failed: (error) => failures.push(error),
  }
  const newRegistry = () => new Registry(store, ports, options, launchers, hooks)
  const registry = newRegistry()
  const submit = (spec: Partial<ContainerJobSpec> = {}): Promise<JobId> =>
    store.submitJob({ image: 'agent', ...spec }, NOW_MS)
  const claim = async (life: OwnLife = house.life): Promise<Claim> =>
    sound(await store.claimNextJob(life, house.name, [], ports.clock.nowMs()))
  /** Claims what is next and starts its actor. */
  const launch = async (): Promise<Claim> => {
    const claimed = await claim()
    registry.launch(claimed)
    await settled()
    return claimed
  }
  return {
    ...{ ...house, house, engine, disk, machine, ports, options, launchers, told, registry, newRegistry },
    ...{ submit, claim, launch },
    /** Submits a job and starts the actor of its first run. */
    start: async (spec: Partial<ContainerJobSpec> = {}): Promise<Claim> => {
      await submit(spec)
      return launch()
    },
    /** Lets time pass, so slowly that nobody misses a moment. */
    pass: async (ms: number): Promise<void> => {
      await settled()
      for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
        machine.advance(Math.min(STEP_MS, ms - passedMs))
        await settled()
      }
    },
    row: (id: JobId) => rowOf(house, id),
    runs: (id: JobId) => store.runsOf(id),
    heir: (name = 'heir') => sharedLife(store, { ...server, startTime: 900 }, name, NOW_MS),
    /** What a life takes over of one that has ended. */
    adopted: async (fence: Fence, life: LifeId): Promise<{ claim: Claim; container: ContainerId }> => {
      const orphan = (await store.survey(life)).orphans.find((one) => one.fence === fence)
      const adopted = orphan === undefined ? undefined : await store.adoptRun(orphan, life)
      if (adopted === undefined) throw new Error(`run ${fence} is not to be adopted`)
      return { claim: adopted, container: orphan!.container! }
    },
  }
}

/** All that is on record of a job. */
export async function recordOf({ row, runs }: EngineHouse, id: JobId) {
  return { job: row(id), runs: await runs(id) }
}
