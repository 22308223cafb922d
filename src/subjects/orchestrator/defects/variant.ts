/** What defects have in common: replacing statements, verbs and ports of the real parts, and nothing else. */
import type { Ports } from '../../../ports/index.ts'
import {
  type Attempt,
  type ContainerAttempt,
  type Options,
  type Parts,
  type ProcessAttempt,
  Registry,
  SqliteStore,
  type Statements,
  type Store,
  Sweeper,
  sql,
  TaskAttempt,
} from '../../../system/index.ts'

/** A statement without a part of it, which must be there: a defect must not outlive what it breaks. */
export function without(text: string, part: string, instead = ''): string {
  if (!text.includes(part)) throw new Error(`the statement no longer contains "${part}"`)
  return text.replace(part, instead)
}

/** The SQLite store with some statements replaced. */
export function storeWith(statements: Partial<Statements>): Pick<Parts, 'store'> {
  return { store: ({ database, pool }, options) => new SqliteStore(database, pool, options, { ...sql, ...statements }) }
}

/** The SQLite store with some verbs taken from one whose statements were replaced. */
export function verbsWith(verbs: readonly (keyof Store)[], statements: Partial<Statements>): Pick<Parts, 'store'> {
  return patchedStore((_, ports, options) => {
    const broken = storeWith(statements).store(ports, options)
    return Object.fromEntries(verbs.map((verb) => [verb, (broken[verb] as (...p: unknown[]) => unknown).bind(broken)]))
  })
}

/** The SQLite store with some verbs replaced. */
export function patchedStore(
  patch: (store: Store, ports: Ports, options: Options) => Partial<Store>,
): Pick<Parts, 'store'> {
  return {
    store: (ports, options) => {
      const store = new SqliteStore(ports.database, ports.pool, options)
      return Object.assign(Object.create(store) as Store, patch(store, ports, options))
    },
  }
}

/** Ports whose processes are known by their bare pid alone, as before identities were recorded. */
export function barePids(ports: Ports): Ports {
  const { processes } = ports
  const probe: typeof processes.probe = ({ pid }) => processes.probe({ pid })
  return { ...ports, processes: Object.assign(Object.create(processes) as typeof processes, { probe }) }
}

export const keepsOwner = {
  backToQueue: without(sql.backToQueue, 'run_id = NULL, pid = NULL, '),
} as const
export const claimKeepsOwner = { claim: without(sql.claim, 'run_id = NULL, pid = NULL, ') } as const
export const unfenced = {
  heldJob: without(sql.heldJob, 'fence IS ? AND life_id IS ?', '(? IS NULL OR 1) AND (? IS NULL OR 1)'),
  stampJob: without(sql.stampJob, "AND fence = ? AND status = 'running' AND run_id IS NULL", 'AND (? OR 1)'),
} as const

/** A registry whose attempts at commands, or at tasks, are of another kind. */
export function launching(
  Process: typeof ProcessAttempt,
  Task: typeof TaskAttempt = TaskAttempt,
): Pick<Parts, 'registry'> {
  class OtherRegistry extends Registry {
    protected override newProcessAttempt(...parameters: ConstructorParameters<typeof ProcessAttempt>): Attempt {
      return new Process(...parameters)
    }

    protected override newTaskAttempt(...parameters: ConstructorParameters<typeof TaskAttempt>): Attempt {
      return new Task(...parameters)
    }
  }
  return { registry: (...parameters) => new OtherRegistry(...parameters) }
}

/** A registry whose attempts at containers are of another kind. */
export function containing(Container: typeof ContainerAttempt): Pick<Parts, 'registry'> {
  class OtherRegistry extends Registry {
    protected override newContainerAttempt(...parameters: ConstructorParameters<typeof ContainerAttempt>) {
      return new Container(...parameters)
    }
  }
  return { registry: (...parameters) => new OtherRegistry(...parameters) }
}

class IdleSweeper extends Sweeper {
  override sweep(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}

/** Nobody sweeps: where something else is the last line, or should be. */
export const unswept: Pick<Parts, 'sweeper'> = { sweeper: (...parameters) => new IdleSweeper(...parameters) }
