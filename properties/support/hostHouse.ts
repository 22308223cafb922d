/** A real machine for one test: a directory of its own, and a token by which everything that it starts is found again. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { type Host, type HostOptions, openHost } from '../../src/host/index.ts'
import type { RunId } from '../../src/model/ids.ts'
import type { SpawnSpec } from '../../src/ports/index.ts'

export interface HostHouse extends Host {
  readonly directory: string
  readonly token: string
  /** The next run of this house. */
  spec(argv: SpawnSpec['argv'], more?: Partial<SpawnSpec>): SpawnSpec
}

/** Gone when the test has finished, with all processes that carry its token. */
export function hostHouse(options: Partial<HostOptions> = {}): HostHouse {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-host-'))
  const host = openHost({ file: join(directory, 'jobs.db'), ...options })
  const { random, processes } = host.ports
  const token = random.token()
  let runs = 0
  onTestFinished(async () => {
    await until(async () => {
      const left = await processes.carrying([token])
      for (const process of left) await processes.signalGroup(process, 'SIGKILL')
      return left.length === 0
    })
    host.close()
    rmSync(directory, { recursive: true })
  })
  return {
    ...host,
    directory,
    token,
    spec: (argv, more) => {
      const run = ++runs as RunId
      const environment = { PATH: process.env.PATH! }
      return { argv, token: `${token}/life/${run}`, environment, directory: undefined, run, ...more }
    },
  }
}

/** The pid of the process that starts this house's runs: the parent of one of them. */
export async function spawnerOf({ ports, spec }: HostHouse): Promise<number> {
  const given = spec(['sh', '-c', 'echo $PPID'])
  const { exited } = await ports.processes.spawn(given)
  await exited
  return Number(readFileSync(ports.files.outputOf(given.run), 'utf8'))
}

export function until(condition: () => boolean | Promise<boolean>): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 5 })
}

/** Why pid namespaces cannot be made here; undefined: they can. */
export function noNamespaces(): string | undefined {
  try {
    execFileSync(...unshared(['true']), { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error).trim()
  }
}

/** A command as the first process of a pid namespace with its own /proc. */
export function unshared(command: readonly string[], how = '--mount-proc'): [string, string[]] {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return ['unshare', [...asRoot, '--pid', '--mount', '--fork', how, ...command]]
}

/** Is there such a program? */
export function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
