/** A house beside a container engine: what a test asks of it, and what came of it. */
import { existsSync, readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { HostContainers } from '../../src/host/index.ts'
import type { ContainerId, RunId } from '../../src/model/ids.ts'
import type { ContainerSpec, Containers } from '../../src/ports/index.ts'
import { type HostHouse, hostHouse } from './hostHouse.ts'

export interface ContainerHouse extends HostHouse {
  readonly containers: Containers
  /** Labels that only this house's containers carry. */
  readonly labels: Readonly<Record<string, string>>
  container(argv: readonly string[], more?: Partial<ContainerSpec>): ContainerSpec
  started(argv: readonly string[], more?: Partial<ContainerSpec>): Promise<ContainerId>
  /** The next run, with a directory. */
  run(): Promise<RunId>
  waited(id: ContainerId, run: RunId): Promise<number>
  textOf(run: RunId): string
}

/** Gone when the test has finished, with its containers. */
export function containerHouse(engine: string, image: string, outputBytesMax = 1024 * 1024): ContainerHouse {
  const house = hostHouse({ engine, outputBytesMax })
  const { containers, files } = house.ports
  const labels = { 'strandline.test': house.token }
  onTestFinished(async () => {
    const remover = new HostContainers(files, { engine, outputBytesMax })
    for (const { id } of await remover.list(labels)) await remover.remove(id)
  })
  let names = 0
  let runs = 0
  const container = (argv: readonly string[], more: Partial<ContainerSpec> = {}): ContainerSpec => {
    const name = `strandline-${house.token}-${++names}`
    return { name, image, argv, environment: {}, directory: undefined, labels, binds: [], ...more }
  }
  return {
    ...house,
    containers,
    labels,
    container,
    started: async (argv, more) => {
      const id = await containers.create(container(argv, more))
      await containers.start(id)
      return id
    },
    run: async () => {
      const run = ++runs as RunId
      await files.makeDirectory(`${run}`, 'own')
      return run
    },
    waited: (id, run) => containers.wait(id, run, new AbortController().signal),
    textOf: (run) => (existsSync(files.outputOf(run)) ? readFileSync(files.outputOf(run), 'utf8') : ''),
  }
}
