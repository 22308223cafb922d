/** The orchestrator of the re-enactment, as it is and as it was, on the real machine. */
import { openHost } from '../../../src/host/index.ts'
import type { Ports } from '../../../src/ports/index.ts'
import { type Fixes, publishedRuns } from '../../../src/subjects/orchestrator/defects/publishedRuns.ts'
import { unswept } from '../../../src/subjects/orchestrator/defects/variant.ts'
import { migrate, type Options, Orchestrator, standardParts } from '../../../src/system/index.ts'
import { type Mounts, withVolumes } from './volumes.ts'
import type { Witness } from './witness.ts'

/** The times of production, shorter; but a page that stays connected keeps a container for longer than the story lasts. */
const options: Partial<Options> = {
  maxConcurrency: 1,
  serialGate: false,
  pollMs: 50,
  reapMs: 200,
  beatMs: 200,
  killGraceMs: 200,
  keepaliveMs: 300_000,
}

const published: Fixes = {
  removesFirst: false,
  unlinksSignals: false,
  keepsIds: false,
  fencesWrites: false,
  rememberCancels: false,
}

/** The published state, and each of the three published fixes by itself. */
const fixes = {
  published,
  FIX1: { ...published, removesFirst: true },
  FIX2: { ...published, unlinksSignals: true },
  FIX3: { ...published, keepsIds: true },
} as const

export type Variant = keyof typeof fixes | 'sound'

/** The orchestrator of those days; undefined: as it is. */
export function pastOf(variant: Variant): ReturnType<typeof publishedRuns> | undefined {
  return variant === 'sound' ? undefined : publishedRuns(fixes[variant])
}

export function openMachine(file: string, engine: string, mounts: Mounts, witness: Witness): Ports {
  const { ports } = openHost({ file, engine })
  migrate(ports.database)
  return { ...ports, files: witness.watch(ports.files), containers: withVolumes(ports.containers, mounts) }
}

export function start(ports: Ports, variant: Variant): Promise<Orchestrator> {
  const onError = (error: unknown) => process.stderr.write(`${String(error)}\n`)
  const past = pastOf(variant)
  if (past === undefined) return Orchestrator.start(ports, { options, onError })
  past.prepare?.(ports.database)
  // No part of this defect looks at the harness, and nobody swept in those days.
  const broken = { ...standardParts, ...past.parts?.(standardParts, undefined as never), ...unswept }
  return Orchestrator.start(ports, { options, onError, parts: broken })
}
