/**
 * Replays a token in a work tree, by the code that stands there. It fails if the replay says so: an exit code alone is no
 * evidence, since Node ends with 1 too where a file does not parse or is not there.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Verdict } from './bisection.ts'
import { isPath } from './loading.ts'
import { gitEnvironment, type Repository, type Worktree } from './repository.ts'
import { exitCodes } from './usage.ts'

/** No replay takes that long: whoever does has not begun one. */
const REPLAY_MS_MAX = 300_000
/** Longer arguments are refused by some systems. */
const ARGUMENT_MAX = 100_000
const SAID_MAX = 160
const ANSWER_MAX = 10_000_000

export interface Replayed {
  readonly verdict: Verdict
  /** Why it could not be judged. */
  readonly why: string
}

export interface What {
  readonly token: string
  /** The module of the subject, as the person gave it. */
  readonly subject: string | undefined
  /** What the token breaks. */
  readonly invariant: string
  /** Whatever is to be run instead of the default, with the token behind it; its exit code decides. */
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
  /** Undefined: the exit code of somebody's own command is all there is. */
  private readonly sought: string | undefined
  private readonly signal: AbortSignal

  constructor(
    repository: Repository,
    worktree: Worktree,
    { token, subject, invariant, run }: What,
    signal: AbortSignal,
  ) {
    this.repository = repository
    this.worktree = worktree
    this.signal = signal
    this.sought = run === undefined ? invariant : undefined
    const words = [run ?? usualCommand(join(repository.root, repository.prefix)), this.argument(token)]
    if (subject !== undefined) words.push('--subject', `"${this.inWorktree(subject)}"`)
    if (run === undefined) words.push('--json')
    this.command = words.join(' ')
  }

  private argument(token: string): string {
    if (token.length <= ARGUMENT_MAX) return token
    const file = join(this.worktree.directory, 'token')
    writeFileSync(file, token)
    return `"${file}"`
  }

  /** A module of the repository is each commit's own; a name means the same everywhere. */
  private inWorktree(path: string): string {
    if (!isPath(path)) return path
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
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      let answer = ''
      const end = () => endGroup(child.pid)
      const timer = setTimeout(end, REPLAY_MS_MAX)
      this.signal.addEventListener('abort', end)
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (answer.length < ANSWER_MAX) answer += text
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(0, ARGUMENT_MAX)
      })
      child.on('error', reject)
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        this.signal.removeEventListener('abort', end)
        const outcome = this.sought === undefined ? byExitCode(code) : byAnswer(answer, this.sought)
        const why = () => whyNot(code, signal, said.replaceAll(`${this.worktree.path}/`, ''))
        resolve(outcome === undefined ? { verdict: 'skip', why: why() } : { verdict: outcome, why: '' })
      })
    })
  }
}

function byExitCode(code: number | null): Verdict | undefined {
  if (code === exitCodes.found) return 'bad'
  return code === exitCodes.clean ? 'good' : undefined
}

/** What `replay --json` says; undefined if that is not what was printed. Another failure is not the one that is looked for. */
function byAnswer(answer: string, sought: string): Verdict | undefined {
  try {
    const { failures } = JSON.parse(answer) as { failures?: readonly { invariant: string }[] }
    return failures?.some(({ invariant }) => invariant === sought) ? 'bad' : failures === undefined ? undefined : 'good'
  } catch {
    return undefined
  }
}

function whyNot(code: number | null, signal: string | null, said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('npm warn'))
  const telling = lines.find((line) => /^strandline: |Error\b/.test(line)) ?? lines[0] ?? ''
  const how = signal === null ? `exit code ${code}` : `ended by ${signal}`
  const words = telling.trim().replace('strandline: ', '')
  if (words === '') return how
  return `${how}, ${words.length > SAID_MAX ? `${words.slice(0, SAID_MAX)}…` : words}`
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}
