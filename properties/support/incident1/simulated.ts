/** The simulated machine of incident 1. */
import { FileSystem, type OpenFile, type RemovalKind, removeTree } from '../../../src/sim/files/index.ts'
import type { Host } from './story.ts'

export function simulatedHost(kind: RemovalKind): Host {
  const files = new FileSystem()
  const host = files.view({ namespace: files.initial, uid: 0 })
  for (const path of ['/run', '/c']) host.mkdir(path)
  const told = (names: readonly string[] | string) => (typeof names === 'string' ? names : names.join(' '))
  return {
    remove: () =>
      new Promise((resolve) =>
        removeTree(
          host,
          '/run',
          kind,
          (step) => step(),
          (failure) => resolve(failure?.code ?? 'ok'),
        ),
      ),
    makeAnew: async () => host.mkdir('/run'),
    write: async (name) => host.write(`/run/${name}`, ''),
    names: async () => told(host.readdir('/run')),
    start: async () => {
      const container = files.view({ namespace: files.cloneNamespace(files.initial), uid: 0 })
      container.bind('/run', '/c')
      const log = container.open('/c/log', 'append') as OpenFile
      return {
        log: async () => log.write('.'),
        write: async (name) => container.write(`/c/${name}`, ''),
        names: async () => told(container.readdir('/c')),
      }
    },
  }
}
