/** In a mount namespace of its own, on a disk of 96 MiB: fills it, empties it, and tells what a worker did meanwhile. */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openQueue, startWorker } from '../../src/library/index.ts'

const [disk] = process.argv.slice(2)
const ballast = join(disk!, 'ballast')
const MEBIBYTE = Buffer.alloc(2 ** 20)

/** Until there is no room for another byte. */
function fillUp(): void {
  const file = openSync(ballast, 'a')
  try {
    for (const piece of [MEBIBYTE, MEBIBYTE.subarray(0, 4096), MEBIBYTE.subarray(0, 1)])
      for (;;) if (!wrote(file, piece)) break
  } finally {
    closeSync(file)
  }
}

function wrote(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) === piece.length
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOSPC') return false
    throw error
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(10)
}

if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk!]).status !== 0) throw new Error('no tmpfs')
const file = join(disk!, 'jobs.db')
const notices: string[] = []
const told: Record<string, unknown> = {}
const queue = openQueue(file)
const options = { pollMs: 20, reapMs: 50 }
const worker = await startWorker(file, { concurrency: 3, options, onNotice: (text) => notices.push(text) })
const is = (id: number, status: string) => async () => (await queue.job(id))?.status === status
const environment = { PATH: '/usr/bin:/bin' }

const roomy = await queue.submit({ argv: ['true'], environment })
await until(is(roomy, 'done'))

// Less than 64 MiB are left: nothing is started, and what runs goes on.
const gate = join(disk!, 'gate')
const running = await queue.submit({ argv: ['sh', '-c', `until test -e ${gate}; do sleep 0.02; done`], environment })
const watched = await queue.submit({ argv: ['sleep', '60'], environment })
for (const id of [running, watched]) await until(is(id, 'running'))
writeFileSync(ballast, Buffer.alloc(40 * 2 ** 20))
const waiting = await queue.submit({ argv: ['true'], environment })
await until(() => notices.length === 1)
writeFileSync(gate, '')
await until(is(running, 'done'))
// Whoever hears of a cancel looks for something to start as well.
await queue.cancel(watched)
await until(is(watched, 'cancelled'))
told.waiting = (await queue.job(waiting))?.status
rmSync(ballast)
await until(is(waiting, 'done'))
await until(() => notices.length === 2)

// Not a byte is left: a submit is refused and not half done, and the end of a run is written when there is room.
rmSync(gate)
const late = await queue.submit({ argv: ['sh', '-c', `until test -e ${gate}.too; do sleep 0.02; done`], environment })
await until(is(late, 'running'))
const before = await queue.jobs()
writeFileSync(`${gate}.too`, '')
fillUp()
const { code, accepted } = await refusal(() => queue.submit({ task: 'nobody', payload: 'x'.repeat(100_000) }))
await until(() => notices.length === 3)
told.refused = code
told.unaccounted = (await queue.jobs()).length - before.length - accepted
rmSync(ballast)
await until(is(late, 'done'))
told.lateRuns = (await queue.runs(late)).length
const again = await queue.submit({ argv: ['true'], environment })
await until(is(again, 'done'))
told.stopped = await worker.stop()
queue.close()
process.stdout.write(`${JSON.stringify({ ...told, notices, database: existsSync(file) })}\n`)

/** Until a write is refused: the log may have some room reserved. Counts those that were accepted. */
async function refusal(write: () => Promise<unknown>): Promise<{ code: unknown; accepted: number }> {
  for (let accepted = 0; ; accepted++) {
    try {
      await write()
      fillUp()
    } catch (error) {
      return { code: (error as { code?: unknown }).code, accepted }
    }
  }
}
