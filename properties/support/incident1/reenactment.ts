/**
 * Incident 1 as it went: a run ends while somebody looks at it, and its row is deleted; then one hangs, and is stopped.
 * To be started in a mount namespace of its own.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobId } from '../../../src/model/ids.ts'
import { until } from '../upAndRunning.ts'
import { openMachine, start, type Variant } from './machine.ts'
import { type Mounts, mountpointsIn } from './volumes.ts'
import { Witness } from './witness.ts'

type Words = [file: string, engine: string, image: string, variant: Variant, code: string, mounts: Mounts]
const [file, engine, image, variant, code, mounts] = process.argv.slice(2) as Words
const witness = new Witness()
const ports = openMachine(file, engine, mounts, witness)
const orchestrator = await start(ports, variant)
const { store } = orchestrator
const runs = ports.files.absolute('')

/** Ends when it may, and says how before it does. */
const ENDS = `
  until [ -e "$STRANDLINE_MOUNT/gate" ]; do sleep 0.1; done
  echo "{\\"exit_code\\": $0}" >"$STRANDLINE_STATE/result.json"
  exit "$0"`
const HANGS = 'trap "" TERM; while :; do sleep 1; done'

const submit = (...argv: readonly string[]) =>
  orchestrator.submit({ image, argv: ['sh', '-c', ...argv], maxAttempts: 1 })

const running = (id: JobId) =>
  until(`job ${id} to run`, async () => {
    const run = (await store.runsOf(id)).at(-1)
    return run?.phase === 'running' && run
  })

const ended = (id: JobId) =>
  until(`job ${id} to end`, async () => {
    const job = await store.job(id)
    return job !== undefined && job.status !== 'queued' && job.status !== 'running' && job
  })

async function recordOf(id: JobId) {
  const [{ status, error }, run] = [await ended(id), (await store.runsOf(id)).at(-1)!]
  return { job: id, run: run.id, container: run.container!, status, error, exitCode: run.exit_code }
}

const first = await submit(ENDS, code)
await running(first)
// The page that stays connected until the end.
const isLookedAt = orchestrator.connect(first) !== undefined
writeFileSync(join(runs, `mount-${(await store.job(first))!.mount}`, 'gate'), '')
const before = { isLookedAt, ...(await recordOf(first)), read: witness.read, mountpoints: mountpointsIn(runs) }
const deleted = await orchestrator.delete(first)

const second = await submit(HANGS)
await running(second)
witness.read = {}
const cancelled = await orchestrator.cancel(second)
const after = { ...(await recordOf(second)), read: witness.read }
await until('the second run to be finished', async () => (await store.runsOf(second)).at(-1)?.phase === 'finished')
if (variant === 'sound') await until('the first job to be gone', async () => (await store.job(first)) === undefined)
const left = { directories: readdirSync(runs).filter((name) => /^\d+$/.test(name)), mountpoints: mountpointsIn(runs) }

const story = { before, deleted, cancelled, after, refused: witness.refused, left }
export type Reenacted = typeof story

process.stdout.write(`${JSON.stringify(story)}\n`)
process.exit(0)
