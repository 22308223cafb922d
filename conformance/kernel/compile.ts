/** The helper is C, since Node.js can neither fork nor set the next pid: compiled anew at each start, in 0.3 s. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '../../src/cli/usage.ts'

const run = promisify(execFile)
const FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror', '-pthread']
const EVERYBODY_MAY_RUN = 0o755

export interface Program {
  readonly path: string
  /** Removes the file; a process that runs it goes on. */
  remove(): Promise<void>
}

/** Throws UsageError where there is no C compiler, or one that refuses. */
export async function compileHelper(
  sources: readonly string[],
  compiler = process.env.CC?.trim() || 'cc',
): Promise<Program> {
  const directory = await mkdtemp(join(tmpdir(), 'strandline-conformance-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  const path = join(directory, 'helper')
  try {
    await run(compiler, [...FLAGS, '-o', path, ...sources.map((name) => fileURLToPath(new URL(name, import.meta.url)))])
    // Workers change their uid and then run it again.
    await chmod(directory, EVERYBODY_MAY_RUN)
    await chmod(path, EVERYBODY_MAY_RUN)
    return { path, remove }
  } catch (error) {
    await remove()
    throw new UsageError(complaint(compiler, error as NodeJS.ErrnoException & { stderr?: string }))
  }
}

function complaint(compiler: string, { code, stderr }: NodeJS.ErrnoException & { stderr?: string }): string {
  if (code === 'ENOENT')
    return `there is no C compiler "${compiler}", and the helper of this test is C: install one with its headers (Debian: apt-get install gcc libc6-dev) or name it in CC`
  const [first = `exit code ${code}`] = (stderr ?? '').split('\n').filter((line) => line.includes('error'))
  return `"${compiler}" could not compile the helper of this test: ${first}`
}
