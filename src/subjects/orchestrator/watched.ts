/** Opens owner scopes around what acts for a claim, for the stale-actor oracle: the system knows nothing of it. */
import type { Stage, View } from '../../explore/index.ts'
import type { Claim, Parts, Registry, Running, Store } from '../../system/index.ts'

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
const registries = new WeakMap<View, Map<string, Registry>>()

export function registriesOf(view: View): Map<string, Registry> {
  let found = registries.get(view)
  if (found === undefined) {
    found = new Map()
    registries.set(view, found)
  }
  return found
}

/** How things stood when each server last asked for a job. */
const asked = new WeakMap<View, Map<string, { readonly whileFull: boolean }>>()

export function claimsOf(view: View): Map<string, { readonly whileFull: boolean }> {
  let claims = asked.get(view)
  if (claims === undefined) {
    claims = new Map()
    asked.set(view, claims)
  }
  return claims
}

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
