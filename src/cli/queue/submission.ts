/** What is submitted, from the words of a command line: as a process, or in a container. */
import { statSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import type { JobSpec } from '../../library/index.ts'
import { UsageError } from '../usage.ts'

/** What of the submitter's environment a process gets; the rest it is given with --env. */
const KEPT = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z_]+|TZ|TMPDIR)$/

export interface WorkFlags {
  readonly image?: string
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly shell?: true
}

/** Without the terms on which it runs. Throws UsageError. */
export function workOf(words: readonly string[], { image, cwd, env = [], shell }: WorkFlags): JobSpec {
  const argv = shell === true ? shellOf(words) : words
  const added = addedTo(process.env, env)
  if (image !== undefined) return { image, argv, environment: added, ...(cwd === undefined ? {} : insideOf(cwd)) }
  if (argv.length === 0)
    throw new UsageError('say what to run: a command after --, or an image that has one with --image')
  return {
    argv: argv as [string, ...string[]],
    environment: { ...keptOf(process.env), ...added },
    directory: directoryOf(cwd),
  }
}

function shellOf(words: readonly string[]): string[] {
  const [text, ...more] = words
  if (text === undefined || more.length > 0)
    throw new UsageError(
      "--shell takes one text: put quotes around the whole command, as in --shell -- 'date; sleep 1'",
    )
  return ['/bin/sh', '-c', text]
}

function keptOf(own: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(own).filter(([name, value]) => KEPT.test(name) && value !== undefined)
  return Object.fromEntries(kept) as Record<string, string>
}

function addedTo(own: NodeJS.ProcessEnv, asked: readonly string[]): Record<string, string> {
  const added = asked.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
    if (at === 0) throw new UsageError(`--env takes NAME or NAME=VALUE, not "${text}"`)
    const value = own[text]
    if (value === undefined) throw new UsageError(`--env ${text}: it is not set here, so give a value: ${text}=VALUE`)
    return [text, value]
  })
  return Object.fromEntries(added)
}

function directoryOf(flag: string | undefined): string {
  if (flag === undefined) return process.cwd()
  const directory = resolve(flag)
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return directory
  throw new UsageError(`--cwd must be a directory that exists, not "${flag}"`)
}

/** There, and only there, anybody can look whether it exists. */
function insideOf(cwd: string): { directory: string } {
  if (posix.isAbsolute(cwd)) return { directory: cwd }
  throw new UsageError(`with --image, --cwd is a directory of the container: give an absolute path, not "${cwd}"`)
}
