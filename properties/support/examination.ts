/** What the doctor says of a fixture, through the command line. */
import { fileURLToPath } from 'node:url'
import { type Ended, strandline } from './cli.ts'

export const SCENARIOS = 12
export const checks = {
  machine: 'the scenarios, played here',
  again: 'the same, a second time',
  order: 'the same, in reverse order, in a new process',
  thread: 'the same, in a worker thread',
  process: 'the same, in another process',
  abroad: 'the same, in another time zone, language and environment',
} as const

export interface Examination extends Ended {
  /** The checks that failed, each with what was shown of it. */
  readonly failures: ReadonlyMap<string, string>
}

export async function examine(fixture: string, env: Readonly<Record<string, string>> = {}): Promise<Examination> {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}.ts`, import.meta.url))
  const home = { TZ: 'UTC', LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', ...env }
  const ended = await strandline(['doctor', path, '--seed', '1', '--scenarios', String(SCENARIOS)], { env: home })
  return { ...ended, failures: failuresIn(ended.stdout) }
}

function failuresIn(stdout: string): Map<string, string> {
  const failures = new Map<string, string>()
  for (const block of stdout.split(/\n(?= {2}(?:ok|FAIL) )/)) {
    const name = /^ {2}FAIL {2}(.*?) {2,}/.exec(block)?.[1]
    if (name !== undefined) failures.set(name, block)
  }
  return failures
}
