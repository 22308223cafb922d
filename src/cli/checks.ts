/** What doctor checks: that this machine can play runs at all, and that equal runs come out equal wherever they are played. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { fromMacrotask } from '../explore/index.ts'
import { AmbientError, guarded } from '../sim/index.ts'
import { hashOf } from './hashOf.ts'
import type { Plan } from './plan.ts'
import { inThread, newFlags, STOP } from './thread.ts'

const NODE_MIN = [22, 18] as const

/** What was found in order, in a few words; throws what was not. */
export type Check = () => Promise<string>

export async function nodeIsRecent(): Promise<string> {
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return process.version
  throw new Error(`this is ${process.version}, and ${NODE_MIN.join('.')} or later is needed`)
}

export async function promisesSettle(): Promise<string> {
  await fromMacrotask(() => undefined)
  return 'between two steps'
}

/** What a run must not reach, each by a function that systems really call. */
const ambient: Readonly<Record<string, () => unknown>> = {
  'the clock': () => Date.now(),
  'the date': () => new Date(),
  'the timer': () => setTimeout(() => undefined, 0),
  'the stopwatch': () => performance.now(),
  randomness: () => Math.random(),
  'cryptographic randomness': () => randomUUID(),
  'the files': () => readFileSync(fileURLToPath(import.meta.url)),
  'other processes': () => spawn(process.execPath, ['--version']),
  'the network': () => createServer(),
}

export async function guardIsUp(): Promise<string> {
  for (const [what, touch] of Object.entries(ambient)) {
    let caught: unknown
    guarded(
      () => {
        try {
          touch()
        } catch (error) {
          caught = error
        }
      },
      () => undefined,
    )
    if (!(caught instanceof AmbientError)) throw new Error(`a run could reach ${what} unnoticed`)
  }
  return `${Object.keys(ambient).length} ways out are closed`
}

export function hashInThread(plan: Plan): Promise<number> {
  return inThread<number>({ kind: 'hash', plan })
}

/** The same command line in another process, under another environment. */
export function hashInProcess(
  { subject, draw, scenarios }: Plan,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const main = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url))
  const words = ['campaign-hash', subject, '--seed', draw.seed, '--scenarios', String(scenarios)]
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment }
    const child = spawn(process.execPath, [...process.execArgv, main, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Number(output))
      else reject(new Error(`the other process ended with ${signal ?? code}`))
    })
  })
}

export async function hashUnderLoad(plan: Plan): Promise<number> {
  const flags = newFlags()
  const burning = inThread({ kind: 'burn', flags })
  try {
    return await hashOf(plan)
  } finally {
    Atomics.store(flags, STOP, 1)
    await burning
  }
}
