/** Opens owner scopes around what acts for a claim, for the stale-actor oracle: the system knows nothing of it. */
import type { Stage } from '../../explore/index.ts'
import type { Claim, Parts, Running, Store } from '../../system/index.ts'

export function watched(parts: Parts, stage: Stage): Parts {
  return {
    ...parts,
    store: (ports, options) => watchedStore(parts.store(ports, options), stage),
    launcher: (store, ports, options, onEnd, onError) => {
      const launcher = parts.launcher(store, ports, options, () => stage.outside(onEnd), onError)
      const launch = launcher.launch.bind(launcher)
      launcher.launch = (claim: Claim) => stage.owning('jobs', claim.id, claim.fence, 'run', () => launch(claim))
      return launcher
    },
  }
}

/** Whoever ends a claim that he has read earlier is its owner for that moment. */
function watchedStore(store: Store, stage: Stage): Store {
  const owning = <T>({ id, fence }: Pick<Running, 'id' | 'fence'>, name: string, work: () => T): T =>
    stage.owning('jobs', id, fence, name, work)
  const watching: Pick<Store, 'reapJob' | 'requeueRunningJobs'> = {
    reapJob: (found, ...rest) => owning(found, 'reap', () => store.reapJob(found, ...rest)),
    requeueRunningJobs: (orphans, nowMs) =>
      orphans.reduceRight<() => Promise<number>>(
        (inner, orphan) => () => owning(orphan, 'recover', inner),
        () => store.requeueRunningJobs(orphans, nowMs),
      )(),
  }
  return Object.assign(Object.create(store) as Store, watching)
}
