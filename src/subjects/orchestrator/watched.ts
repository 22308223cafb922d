/** Opens owner scopes around what acts for a claim, for the stale-actor oracle: the system knows nothing of it. */
import type { Stage } from '../../explore/index.ts'
import type { Claim, Parts, Registry, Running, Store } from '../../system/index.ts'
import { perRun } from './perRun.ts'

export function watched(parts: Parts, stage: Stage): Parts {
  return {
    ...parts,
    store: (ports, options) => watchedStore(parts.store(ports, options), stage),
    registry: (store, ports, options, launchers, hooks) => {
      const outside = { ...hooks, ended: () => stage.outside(() => hooks.ended()) }
      const registry = parts.registry(store, ports, options, launchers, outside)
      registriesOf(stage.view).set(stage.life.name, registry)
      const launch = registry.launch.bind(registry)
      const resume = registry.resume.bind(registry)
      const owning = ({ id, fence }: Claim, work: () => void) => stage.owning('jobs', id, fence, 'run', work)
      registry.launch = (claim) => owning(claim, () => launch(claim))
      registry.resume = (claim, container) => owning(claim, () => resume(claim, container))
      return registry
    },
  }
}

/** The registry of each server life, by its name. */
export const registriesOf = perRun(() => new Map<string, Registry>())

/** How things stood when each server last asked for a job. */
export const claimsOf = perRun(() => new Map<string, { readonly whileFull: boolean }>())

/** Whoever ends a claim that he has read earlier is its owner for that moment. */
function watchedStore(store: Store, stage: Stage): Store {
  const owning = <T>({ id, fence }: Pick<Running, 'id' | 'fence'>, name: string, work: () => T): T =>
    stage.owning('jobs', id, fence, name, work)
  const watching: Pick<Store, 'adoptRun' | 'claimNextJob' | 'reapJob' | 'requeueRunningJobs'> = {
    adoptRun: (found, life) => owning(found, 'adopt', () => store.adoptRun(found, life)),
    claimNextJob: (...parameters) => {
      claimsOf(stage.view).set(stage.life.name, { whileFull: stage.view.isDiskFull })
      return store.claimNextJob(...parameters)
    },
    reapJob: (found, ...rest) => owning(found, 'reap', () => store.reapJob(found, ...rest)),
    requeueRunningJobs: (orphans, ...rest) =>
      orphans.reduceRight<() => Promise<number>>(
        (inner, orphan) => () => owning(orphan, 'recover', inner),
        () => store.requeueRunningJobs(orphans, ...rest),
      )(),
  }
  return Object.assign(Object.create(store) as Store, watching)
}
