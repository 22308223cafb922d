/** A git repository as the bisection needs it: its commits in a line, and a second work tree beside the user's own. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UsageError } from './usage.ts'

const OUTPUT_MAX = 1_000_000_000

export interface Commit {
  readonly id: string
  readonly short: string
  readonly date: string
  readonly author: string
  readonly subject: string
  readonly parents: number
}

/** Without what a hook or an alias may have set: commands go by their directory alone. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
}

export class Repository {
  readonly root: string
  /** The working directory below the root, empty or with a slash at its end. */
  readonly prefix: string

  /** The repository of a directory. Throws UsageError if there is none. */
  constructor(directory: string) {
    const found = git(directory, ['rev-parse', '--show-toplevel'])
    if (found === undefined) throw new UsageError(`"${directory}" is not in a git repository's work tree: go into one`)
    this.root = realpathSync(found.trim())
    this.prefix = git(directory, ['rev-parse', '--show-prefix'])!.trim()
  }

  /** The commit that a revision means. Throws UsageError. */
  resolve(revision: string): string {
    const id = this.git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
    if (id !== undefined) return id.trim()
    if (revision === 'HEAD') throw new UsageError('the repository has no commit yet, so there is nothing to bisect')
    throw new UsageError(`unknown revision "${revision}": give a commit, a tag or a branch`)
  }

  isAncestor(older: string, newer: string): boolean {
    return this.git(['merge-base', '--is-ancestor', older, newer]) !== undefined
  }

  /** From the oldest to `newest`, by first parents; what `after` knows already is left out. */
  line(newest: string, after: string | undefined): string[] {
    const range = after === undefined ? [newest] : [newest, `^${after}`]
    return this.git(['rev-list', '--first-parent', '--reverse', ...range])!
      .split('\n')
      .filter((id) => id !== '')
  }

  get isShallow(): boolean {
    return this.git(['rev-parse', '--is-shallow-repository'])?.trim() === 'true'
  }

  describe(id: string): Commit {
    const format = '--format=%h%x00%ad%x00%an%x00%s%x00%P'
    const [short, date, author, subject, parents] = this.git(['log', '-1', '--date=short', format, id])!
      .trimEnd()
      .split('\0') as [string, string, string, string, string]
    return { id, short, date, author, subject, parents: parents.split(' ').length }
  }

  /** A work tree of its own for `id`, in a temporary directory; the user's own and its index are not touched. */
  worktree(id: string): Worktree {
    const directory = mkdtempSync(join(realpathSync(tmpdir()), 'strandline-bisect-'))
    const path = join(directory, 'tree')
    const added = git(this.root, ['worktree', 'add', '--quiet', '--detach', '--force', path, id])
    if (added !== undefined) return new Worktree(this, directory, path)
    rmSync(directory, { recursive: true })
    throw new UsageError(`git could not add a work tree in "${directory}": see "git worktree list"`)
  }

  git(words: readonly string[]): string | undefined {
    return git(this.root, words)
  }
}

export class Worktree {
  readonly path: string
  /** Holds it, and whatever else goes with it. */
  readonly directory: string
  private readonly repository: Repository

  constructor(repository: Repository, directory: string, path: string) {
    this.repository = repository
    this.directory = directory
    this.path = path
  }

  /** Puts it at a commit, with the installed packages of the user's checkout. */
  checkOut(id: string): void {
    git(this.path, ['reset', '--quiet', '--hard'])
    if (git(this.path, ['checkout', '--quiet', '--detach', '--force', id]) === undefined)
      throw new UsageError(`git could not check out ${id} in "${this.path}"`)
    const parts = this.repository.prefix.split('/').filter((part) => part !== '')
    for (let depth = 0; depth <= parts.length; depth++) this.link(join(...parts.slice(0, depth), 'node_modules'))
  }

  private link(name: string): void {
    const [installed, here] = [join(this.repository.root, name), join(this.path, name)]
    if (existsSync(installed) && existsSync(dirname(here)) && !existsSync(here)) symlinkSync(installed, here)
  }

  /** Leaves nothing behind. May be called twice. */
  remove(): void {
    git(this.repository.root, ['worktree', 'remove', '--force', this.path])
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** What git prints; undefined if it fails. Hooks of the repository are not for these commands. */
function git(cwd: string, words: readonly string[]): string | undefined {
  const { error, status, stdout } = spawnSync('git', ['-c', 'core.hooksPath=/dev/null', ...words], {
    cwd,
    env: gitEnvironment(),
    encoding: 'utf8',
    maxBuffer: OUTPUT_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    throw new UsageError('git is not installed, or not in the PATH: bisect needs it')
  return error === undefined && status === 0 ? stdout : undefined
}
