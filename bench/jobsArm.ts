/** One arm of the jobs benchmark in a process of its own: `bare` spawns `true`, `jobs` has the orchestrator do it. Prints JSON. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openQueue, startWorker } from '../src/library/index.ts'

const [arm, jobsText, concurrencyText] = process.argv.slice(2)
const jobs = Number(jobsText)
const concurrency = Number(concurrencyText)
const LOOK_MS = 10

/** Resident, in MB. */
function memory(): number {
  return process.memoryUsage.rss() / 2 ** 20
}

function bareSpawn(): Promise<void> {
  return new Promise((resolve) =>
    spawn('/bin/true', [], { stdio: 'ignore', detached: true }).once('exit', () => resolve()),
  )
}

async function bare(): Promise<object> {
  let left = jobs
  const beganMs = performance.now()
  const lane = async () => {
    while (left-- > 0) await bareSpawn()
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return { perSecond: (1000 * jobs) / (performance.now() - beganMs) }
}

async function orchestrated(): Promise<object> {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-jobs-'))
  try {
    const file = join(directory, 'jobs.db')
    const queue = openQueue(file)
    const worker = await startWorker(file, { concurrency, onError: (error) => console.error(error) })
    // What starts the runs is started with the first of them, once.
    await queue.submit({ argv: ['/bin/true'] })
    while ((await queue.counts()).done === 0) await wait(LOOK_MS)
    for (let n = 0; n < jobs; n++) await queue.submit({ argv: ['/bin/true'] })
    let counts = await queue.counts()
    for (; counts.running === 0 && counts.done === 1; counts = await queue.counts()) await wait(1)
    const beganMs = performance.now()
    const begunWith = counts.done
    const memories: number[] = []
    for (; counts.queued + counts.running > 0; counts = await queue.counts()) {
      if (memories.length < (10 * counts.done) / jobs) memories.push(Math.round(memory()))
      await wait(LOOK_MS)
    }
    const perSecond = (1000 * (counts.done - begunWith)) / (performance.now() - beganMs)
    await worker.stop()
    queue.close()
    if (counts.done <= jobs) throw new Error(`not all ${jobs} jobs are done: ${JSON.stringify(counts)}`)
    return { perSecond, memories }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

console.log(JSON.stringify(arm === 'bare' ? await bare() : await orchestrated()))
