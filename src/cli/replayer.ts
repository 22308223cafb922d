/** Replays a token in a work tree, by the code that stands there, and tells from the exit code whether it fails. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Verdict } from './bisection.ts'
import { gitEnvironment, type Repository, type Worktree } from './repository.ts'
import { exitCodes } from './usage.ts'

/** No replay takes that long: whoever does has not begun one. */
const REPLAY_MS_MAX = 300_000
/** Longer arguments are refused by some systems. */
const ARGUMENT_MAX = 100_000
const SAID_MAX = 160

export interface Replayed {
  readonly verdict: Verdict
  /** Why it could not be judged. */
  readonly why: string
}

export interface What {
  readonly token: string
  /** The module of the subject, as the person gave it. */
  readonly subject: string | undefined
  /** Whatever is to be run instead of the default, with the token behind it. */
  readonly run: string | undefined
}

/** What runs in each commit if nothing else is said: its own code where that is this tool, else the installed one. */
export function usualCommand(directory: string): string {
  if (isOwnCheckout(directory)) return `"${process.execPath}" src/cli/main.ts replay`
  return 'npx --no-install strandline replay'
}

function isOwnCheckout(directory: string): boolean {
  const manifest = join(directory, 'package.json')
  if (!existsSync(manifest) || !existsSync(join(directory, 'src/cli/main.ts'))) return false
  return /"name":\s*"strandline"/.test(readFileSync(manifest, 'utf8'))
}

export class Replayer {
  private readonly repository: Repository
  private readonly worktree: Worktree
  private readonly command: string
  private readonly signal: AbortSignal

  constructor(repository: Repository, worktree: Worktree, { token, subject, run }: What, signal: AbortSignal) {
    this.repository = repository
    this.worktree = worktree
    this.signal = signal
    const words = [run ?? usualCommand(join(repository.root, repository.prefix)), this.argument(token)]
    if (subject !== undefined) words.push('--subject', `"${this.inWorktree(subject)}"`)
    this.command = words.join(' ')
  }

  private argument(token: string): string {
    if (token.length <= ARGUMENT_MAX) return token
    const file = join(this.worktree.directory, 'token')
    writeFileSync(file, token)
    return `"${file}"`
  }

  /** A module of the repository is each commit's own. */
  private inWorktree(path: string): string {
    const below = relative(this.repository.root, resolve(path))
    return below.startsWith('..') || isAbsolute(below) ? resolve(path) : join(this.worktree.path, below)
  }

  replay(id: string): Promise<Replayed> {
    this.worktree.checkOut(id)
    const cwd = join(this.worktree.path, this.repository.prefix)
    if (!existsSync(cwd)) return Promise.resolve({ verdict: 'skip', why: `there is no ${this.repository.prefix}` })
    return new Promise((resolve, reject) => {
      // In a group of its own, so that all of it can be ended.
      const child = spawn(this.command, {
        cwd,
        env: gitEnvironment(),
        shell: true,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let said = ''
      const end = () => endGroup(child.pid)
      const timer = setTimeout(end, REPLAY_MS_MAX)
      this.signal.addEventListener('abort', end)
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(0, ARGUMENT_MAX)
      })
      child.on('error', reject)
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        this.signal.removeEventListener('abort', end)
        resolve(replayedFrom(code, signal, said.replaceAll(`${this.worktree.path}/`, '')))
      })
    })
  }
}

function replayedFrom(code: number | null, signal: string | null, said: string): Replayed {
  if (code === exitCodes.found) return { verdict: 'bad', why: '' }
  if (code === exitCodes.clean) return { verdict: 'good', why: '' }
  const lines = said.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('npm warn'))
  const telling = lines.find((line) => /^strandline: |Error\b/.test(line)) ?? lines[0] ?? ''
  const how = signal === null ? `exit code ${code}` : `ended by ${signal}`
  const words = telling.trim().replace('strandline: ', '')
  if (words === '') return { verdict: 'skip', why: how }
  return { verdict: 'skip', why: `${how}, ${words.length > SAID_MAX ? `${words.slice(0, SAID_MAX)}…` : words}` }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}
