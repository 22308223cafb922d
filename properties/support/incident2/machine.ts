/** What both acts of the re-enactment share: the real machine in a pid namespace of its own, and the numbers of the story. */
import { writeFileSync } from 'node:fs'
import { openHost } from '../../../src/host/index.ts'
import type { Ports } from '../../../src/ports/index.ts'
import { published } from '../../../src/subjects/orchestrator/defects/published.ts'
import { migrate, type Options, Orchestrator, standardParts } from '../../../src/system/index.ts'

/** The pid of job 2286. */
export const PID = 35

/** The times of production, a hundred times shorter. */
export const options: Partial<Options> = {
  maxConcurrency: 1,
  serialGate: false,
  pollMs: 20,
  reapMs: 50,
  beatMs: 50,
  leaseRounds: 4,
  deadTicks: 2,
  spawnTimeoutMs: 600,
  killGraceMs: 50,
}

/** ORCH-12 on this machine: until the dead server is noticed, tier 1 has counted, and a spawn window is over; doubled. */
export const BOUND_MS = 2 * ((4 + 2 + 4) * 50 + 3 * 50 + 2 * 20 + 600 + 50)

export type Variant = 'published' | 'sound'

/** The next process of this namespace gets the number. */
export function forcePid(pid: number): void {
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
}

export function openMachine(file: string): Ports {
  const { ports } = openHost({ file })
  migrate(ports.database)
  return ports
}

export function start(ports: Ports, variant: Variant): Promise<Orchestrator> {
  const onError = (error: unknown) => process.stderr.write(`${String(error)}\n`)
  if (variant === 'sound') return Orchestrator.start(ports, { options, shared: true, onError })
  ports.database.exec('PRAGMA ignore_check_constraints = ON')
  const { parts } = published.variant
  // No part of this defect looks at the harness.
  const broken = { ...standardParts, ...parts?.(standardParts, undefined as never) }
  return Orchestrator.start(ports, { options, shared: true, onError, parts: broken })
}

export function tell(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
