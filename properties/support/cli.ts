/** Runs the command line as a person would: in a process of its own, on the toy. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface How {
  readonly env?: Readonly<Record<string, string>>
  /** The working directory. */
  readonly cwd?: string
  /** Options for node itself. */
  readonly node?: readonly string[]
  /** Ctrl-C, so many milliseconds after the first output. */
  readonly interruptMs?: number
}

export function strandline(
  words: readonly string[],
  { env = {}, cwd, node = [], interruptMs }: How = {},
): Promise<Ended> {
  const { STRANDLINE_SEED: _, STRANDLINE_SCENARIOS: __, ...rest } = process.env
  const child = spawn(process.execPath, [...node, main, ...words], { env: { ...rest, ...env }, cwd })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout === '' && interruptMs !== undefined) setTimeout(() => child.kill('SIGINT'), interruptMs)
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
