/** Act one: job J runs as process 35, job K waits behind it. Then somebody ends the container. */
import { dirname } from 'node:path'
import { forcePid, openMachine, PID, start, tell, until, type Variant } from './machine.ts'

const [file, variant] = process.argv.slice(2)
const ports = openMachine(file!)
const orchestrator = await start(ports, variant as Variant)
const environment = { PATH: '/usr/bin:/bin' }
// What starts the runs takes numbers of its own, once.
const first = await orchestrator.submit({ argv: ['true'], environment })
await until(async () => ((await orchestrator.store.job(first))?.status === 'done' ? true : undefined))
forcePid(PID)
// The first time it runs for ever; when it is run again, it ends at once.
const script = 'test -e began && exit; touch began; exec sleep 1000'
const j = await orchestrator.submit({ argv: ['sh', '-c', script], environment, directory: dirname(file!) })
const k = await orchestrator.submit({ argv: ['true'], environment })
const job = await until(async () => {
  const found = await orchestrator.store.job(j)
  return found?.pid === null ? undefined : found
})
tell({ j, k, status: job.status, pid: job.pid, run: job.run_id, fence: job.fence })
