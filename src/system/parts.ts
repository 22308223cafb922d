/** What an orchestrator consists of. */
import type { Ports } from '../ports/index.ts'
import { ContainerLauncher } from './containerLauncher.ts'
import type { Launchers } from './launchers.ts'
import type { Options } from './options.ts'
import { ProcessLauncher } from './processLauncher.ts'
import { Reaper } from './reaper.ts'
import { Recovery } from './recovery.ts'
import { Registry } from './registry.ts'
import { Remover } from './remover.ts'
import { Sanitizer } from './sanitizer.ts'
import { SqliteStore } from './sqliteStore.ts'
import type { Store } from './store.ts'
import { Sweeper } from './sweeper.ts'
import { Tenancy } from './tenancy.ts'

/** Each is replaceable: that is how published defects are put back for tests. */
export interface Parts {
  store(ports: Ports, options: Options): Store
  launchers(ports: Ports): Launchers
  registry(...parameters: ConstructorParameters<typeof Registry>): Registry
  reaper(...parameters: ConstructorParameters<typeof Reaper>): Reaper
  recovery(...parameters: ConstructorParameters<typeof Recovery>): Recovery
  sanitizer(...parameters: ConstructorParameters<typeof Sanitizer>): Sanitizer
  sweeper(...parameters: ConstructorParameters<typeof Sweeper>): Sweeper
  remover(...parameters: ConstructorParameters<typeof Remover>): Remover
  tenancy(...parameters: ConstructorParameters<typeof Tenancy>): Tenancy
}

export const standardParts: Parts = {
  store: ({ database, pool }, options) => new SqliteStore(database, pool, options),
  launchers: (ports) => ({ processes: new ProcessLauncher(ports), containers: new ContainerLauncher(ports) }),
  registry: (...parameters) => new Registry(...parameters),
  reaper: (...parameters) => new Reaper(...parameters),
  recovery: (...parameters) => new Recovery(...parameters),
  sanitizer: (...parameters) => new Sanitizer(...parameters),
  sweeper: (...parameters) => new Sweeper(...parameters),
  remover: (...parameters) => new Remover(...parameters),
  tenancy: (...parameters) => new Tenancy(...parameters),
}
