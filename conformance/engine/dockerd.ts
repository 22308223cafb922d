/**
 * A Docker Engine of our own, which leaves nothing behind: see namespace.sh. Its socket is in a directory that only its
 * mount namespace has, and is reached through /proc. Directories of this machine can be bound, but for those below /run,
 * and below /opt where containerd has not made its own.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Skipped } from '../family.ts'

type Place = ChildProcessByStdio<Writable, Readable, Readable>

/** SIGTERM lets it end its containers first; SIGKILL leaves them running until it is back (spec: kernel C15, C16). */
export type Death = 'term' | 'kill'

export interface Engine {
  readonly socketPath: string
  /** The root directory as the daemon sees it. What is below /run there is gone with the daemon. */
  readonly root: string
  /** Holds a busybox, and nothing else. There is no other image. */
  readonly image: string
  /** In words for people. */
  readonly machine: string
  /** Where the processes of its containers can be frozen, by their ids; undefined where they cannot. */
  readonly freezer: string | undefined
  /** Resolves when the daemon is no more. */
  die(how: Death): Promise<void>
  /** Starts it again on the same data. Resolves when it answers. */
  rise(): Promise<void>
  /** Both, one after the other. */
  restart(how: Death): Promise<void>
  /** Ends the daemon and its containers. Resolves when all is gone. */
  stop(): Promise<void>
}

const NAMESPACE = fileURLToPath(new URL('namespace.sh', import.meta.url))
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
const NEEDED = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  busybox: 'busybox-static',
  unshare: 'util-linux',
  bash: 'bash',
}

/** Starts one, or says why none can be had here. */
export async function startEngine(): Promise<Engine | Skipped> {
  const reason = whyNot()
  if (reason !== undefined) return { skipped: reason }
  // A session of its own: Ctrl-C is for this process, which then ends the engine.
  const place = spawn('unshare', ['--mount', 'sh', NAMESPACE], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const answer = answersOf(place)
  const [word, driver] = await answer()
  if (word !== 'ready') {
    await stop(place)
    return { skipped: driver ?? 'the engine says nothing' }
  }
  const ask = async (request: Death | 'rise') => {
    place.stdin.write(`${request}\n`)
    const [word, reason] = await answer()
    if (word !== 'ready') throw new Error(`the engine has ended: ${reason ?? 'it did not say why'}`)
  }
  const root = `/proc/${place.pid}/root`
  const freezer = `${root}/sys/fs/cgroup/freezer/strandline-engine-${place.pid}`
  return {
    socketPath: `${root}/run/docker.sock`,
    root,
    image: 'strandline-busybox:1',
    freezer: existsSync(freezer) ? freezer : undefined,
    machine: `${dockerVersion()}, ${driver}, Linux ${release()}`,
    die: (how) => ask(how),
    rise: () => ask('rise'),
    restart: async (how) => {
      await ask(how)
      await ask('rise')
    },
    stop: () => stop(place),
  }
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, and a Docker Engine needs Linux`
  if (process.getuid?.() !== 0) return 'a Docker Engine of its own needs root'
  for (const [program, debianPackage] of Object.entries(NEEDED)) {
    try {
      execFileSync('sh', ['-c', `PATH=${SYSTEM_PATH} command -v ${program}`], { stdio: 'ignore' })
    } catch {
      return `there is no ${program}: install ${debianPackage}`
    }
  }
  return undefined
}

function dockerVersion(): string {
  const said = execFileSync('dockerd', ['--version'], { env: { PATH: SYSTEM_PATH }, encoding: 'utf8' })
  return `Docker Engine ${/version ([^,\s]+)/.exec(said)?.[1] ?? 'of an unknown version'}`
}

/** The next line that it says: its first word, and the rest. */
function answersOf(place: Place): () => Promise<string[]> {
  let complaint = ''
  place.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  place.stdin.on('error', () => undefined)
  const lines = createInterface({ input: place.stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    if (done) return ['failed', complaint.trim().split('\n').at(-1) || 'it did not say why']
    const [, word, rest] = /^(\S+) ?(.*)$/.exec(value) ?? []
    return [word ?? '', rest ?? '']
  }
}

/** The end of its input is the end of everything in it. */
async function stop(place: Place): Promise<void> {
  if (place.exitCode !== null || place.signalCode !== null) return
  const ended = once(place, 'exit')
  place.stdin.end()
  await ended
}
