/** The Docker Engine of one file of tests. */
import { Agent } from 'node:http'
import Docker from 'dockerode'
import { afterAll } from 'vitest'
import { type Engine, startEngine } from '../../conformance/engine/dockerd.ts'
import { type ContainerHouse, containerHouse } from './containerHouse.ts'
import { until } from './hostHouse.ts'

export interface RealEngine {
  /** Why there is none; undefined: there is one. */
  readonly skipped: string | undefined
  /** The same for the title of the tests. */
  readonly hint: string
  readonly engine: Engine
  /** Past what is tested. */
  readonly direct: Docker
  house(outputBytesMax?: number): ContainerHouse
  /** Resolves when the wait has its two connections: one for the end, one for what is printed. */
  begun(wait: () => Promise<number>): Promise<{ readonly waiting: Promise<number> }>
  /** Resolves when no connection is left. */
  quiet(): Promise<unknown>
}

/** Gone with the last test of the file. */
export async function realEngine(): Promise<RealEngine> {
  const started = await startEngine()
  const skipped = 'skipped' in started ? started.skipped : undefined
  const engine = started as Engine
  if (skipped === undefined) afterAll(() => engine.stop())
  const direct = new Docker({ socketPath: engine.socketPath })
  Object.assign(direct.modem, { agent: new Agent({ keepAlive: false }) })
  const none = connections()
  return {
    skipped,
    hint: skipped === undefined ? '' : ` (skipped: ${skipped})`,
    engine,
    direct,
    house: (outputBytesMax) => containerHouse(engine.socketPath, engine.image, outputBytesMax),
    begun: async (wait) => {
      const waiting = wait()
      await direct.ping()
      await until(() => connections() === none + 2)
      return { waiting }
    },
    quiet: () => until(() => connections() === none),
  }
}

/** Those of this process to sockets. */
function connections(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length
}
