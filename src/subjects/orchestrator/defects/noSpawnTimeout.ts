import type { Flaw } from './flaw.ts'

export const noSpawnTimeout: Flaw = {
  name: 'no-spawn-timeout',
  incident: 'stale run-ownership: the gap that its authors left open',
  family: 'ownership',
  breaks: ['WINDOW', 'ORCH-12'],
  story: 'a spawn that hangs holds its slot until the tier of 90 minutes',
  variant: {
    parts: (parts) => ({
      registry: (store, ports, options, ...rest) =>
        parts.registry(store, ports, { ...options, spawnTimeoutMs: options.ageMaxMs * 2 }, ...rest),
    }),
  },
}
