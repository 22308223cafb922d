/** A program with a host of its own, in a directory, for a story that a test cannot tell of its own process. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHost } from '../../src/host/index.ts'
import type { RunId } from '../../src/model/ids.ts'
import type { SpawnSpec } from '../../src/ports/index.ts'

const [story, directory, token] = process.argv.slice(2) as [keyof typeof stories, string, string]
const { ports, close } = openHost({ file: join(directory, 'jobs.db') })
const { processes } = ports
const REQUESTS = 20
let runs = 0

function spawn(...argv: SpawnSpec['argv']) {
  const run = ++runs as RunId
  const environment = { PATH: process.env.PATH! }
  return processes.spawn({ argv, token: `${token}/${run}`, environment, directory: undefined, run })
}

function say(told: object): void {
  console.log(JSON.stringify(told))
}

async function spawner(): Promise<number> {
  const { exited } = await spawn('sh', '-c', 'echo $PPID')
  await exited
  return Number(readFileSync(ports.files.outputOf(runs as RunId), 'utf8'))
}

const stories = {
  /** Is killed with requests on the way, which are read only then. */
  dies: async () => {
    await spawn('sleep', '600')
    const pid = await spawner()
    process.kill(pid, 'SIGSTOP')
    for (let n = 0; n < REQUESTS; n++) void spawn('sleep', '600')
    say({ spawner: pid })
    process.kill(process.pid, 'SIGKILL')
  },
  /** Is killed before the process that it has just asked for has begun to listen. */
  diesEarly: async () => {
    for (let n = 0; n < REQUESTS; n++) void spawn('sleep', '600')
    process.kill(process.pid, 'SIGKILL')
  },
  /** Nothing but an exit is waited for, and nothing is closed. */
  waits: async () => {
    const { exited } = await spawn('sh', '-c', 'sleep 0.2; exit 3')
    say({ exit: await exited })
  },
  /** A process goes on. */
  closes: async () => {
    const pid = await spawner()
    const { identity } = await spawn('sleep', '600')
    close()
    say({ spawner: pid, identity })
  },
  /** For a while it has no descriptor left. */
  starves: async () => {
    const open: number[] = []
    try {
      for (;;) open.push(openSync('/dev/null', 'r'))
    } catch {}
    const error = await spawn('true').catch((caught: unknown) => caught)
    for (const descriptor of open) closeSync(descriptor)
    const { exited } = await spawn('true')
    const { name, permanent, code } = error as { name: string; permanent: boolean; code: string }
    say({ name, permanent, code, later: await exited })
  },
}

await stories[story]()
