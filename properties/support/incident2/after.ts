/**
 * Act two: the container starts again, its pids count from 1 again, and a stranger gets number 35. The launch of J hangs
 * before its stamp, for which the machine is slowed down at this one place. Then: does anybody ever claim K?
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { JobId } from '../../../src/model/ids.ts'
import type { Ports, Processes } from '../../../src/ports/index.ts'
import { BOUND_MS, forcePid, openMachine, PID, start, tell, type Variant } from './machine.ts'

const [file, variant, j, k, fence] = process.argv.slice(2)

/** The first launch hangs for ever. */
function slowed(ports: Ports): Ports {
  const { processes } = ports
  let launches = 0
  const spawnOnce: Processes['spawn'] = (spec) =>
    launches++ === 0 ? new Promise(() => undefined) : processes.spawn(spec)
  return { ...ports, processes: Object.assign(Object.create(processes) as Processes, { spawn: spawnOnce }) }
}

forcePid(PID)
const stranger = spawn('sleep', ['600'], { stdio: 'ignore' })
const ports = openMachine(file!)
const orchestrator = await start(slowed(ports), variant as Variant)
const { store } = orchestrator
let claimedAgain: { pid: number | null; run: number | null } | undefined
/** How often J was found running under the number of somebody who is alive and not J. */
let guarded = 0
const deadlineMs = performance.now() + BOUND_MS
let kAfterMs: number | undefined
const startedMs = performance.now()
while (performance.now() < deadlineMs && kAfterMs === undefined) {
  const job = await store.job(Number(j) as JobId)
  if (job?.status === 'running' && job.fence !== Number(fence)) {
    claimedAgain ??= { pid: job.pid, run: job.run_id }
    if (job.pid === PID && (await ports.processes.probe({ pid: job.pid })) === 'alive') guarded++
  }
  const waiting = await store.job(Number(k) as JobId)
  if (waiting !== undefined && waiting.status !== 'queued') kAfterMs = performance.now() - startedMs
  await new Promise((resolve) => setTimeout(resolve, 10))
}
tell({
  stranger: stranger.pid,
  holds35: readFileSync(`/proc/${PID}/cmdline`, 'utf8').split('\0').filter(Boolean),
  claimedAgain,
  guarded,
  k: kAfterMs === undefined ? 'waits' : 'claimed',
  jobs: await store.counts(),
})
process.exit(0)
