/**
 * As a child of the init of a pid namespace: a run ends, and another run's process gets its number. Tells what the first
 * run's identity finds and hits then. It carries a token itself, as a server does that is started by another's run.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHost } from '../../src/host/index.ts'
import type { RunId } from '../../src/model/ids.ts'
import type { Child } from '../../src/ports/index.ts'

const TRIES_MAX = 50
const host = openHost({ file: join(process.argv[2]!, 'reuse.db') })
const { processes } = host.ports
let runs = 0

function start(token: string): Promise<Child> {
  const environment = { PATH: process.env.PATH! }
  return processes.spawn({ argv: ['sleep', '600'], token, environment, directory: undefined, run: ++runs as RunId })
}

async function end({ identity, exited }: Child): Promise<string> {
  const delivery = await processes.signalGroup(identity, 'SIGKILL')
  await exited
  return delivery
}

/** A thread or somebody else may be faster. */
async function reused(): Promise<{ first: Child; second: Child; tries: number }> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const first = await start('own/life/1')
    await end(first)
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(first.identity.pid - 1))
    const second = await start('own/life/2')
    if (second.identity.pid === first.identity.pid) return { first, second, tries }
    await end(second)
  }
  throw new Error(`no number was used again in ${TRIES_MAX} tries`)
}

const { first, second, tries } = await reused()
const { pid, startTime, token, ...space } = first.identity
const told = {
  tries,
  sameTick: second.identity.startTime === startTime,
  byNumber: await processes.probe({ pid }),
  byToken: await processes.probe({ pid, token }),
  byAll: await processes.probe(first.identity),
  // As if both had started within one tick, which is the rule where numbers are used again quickly.
  byTokenInSameTick: await processes.probe({ ...space, pid, token, startTime: second.identity.startTime }),
  hit: [
    await processes.signalGroup(first.identity, 'SIGKILL'),
    await processes.signalGroup({ pid, token }, 'SIGKILL'),
    await processes.signalGroup({ ...first.identity, startTime: second.identity.startTime }, 'SIGKILL'),
  ],
  secondAfterwards: await processes.probe(second.identity),
  carriers: (await processes.carrying(['own'])).length,
  ownToken: readFileSync('/proc/self/environ', 'utf8').includes('STRANDLINE_RUN=own/'),
  secondByItself: await end(second),
}
console.log(JSON.stringify(told))
host.close()
