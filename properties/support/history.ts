/** A git repository in a temporary directory, commit by commit. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export class History {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'strandline-history-')))

  constructor() {
    this.git('init', '--quiet', '--initial-branch', 'main')
  }

  git(...words: readonly string[]): string {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
    const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
    return execFileSync('git', [...person, ...words], { cwd: this.directory, env, encoding: 'utf8' }).trim()
  }

  write(file: string, text: string): void {
    const path = join(this.directory, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  /** Writes the file, commits all, and returns the commit. */
  commit(subject: string, file: string, text: string): string {
    this.write(file, text)
    this.git('add', '--all')
    this.git('commit', '--quiet', '--message', subject)
    return this.git('rev-parse', 'HEAD')
  }

  /** All that a person could notice: the files with their contents, the index, the branches, the work trees. */
  state(): Record<string, string> {
    const files = readdirSync(this.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes('/.git/'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
    return {
      files: files.map((file) => `${file}\n${readFileSync(file, 'utf8')}`).join('\n'),
      index: this.git('ls-files', '--stage'),
      status: this.git('status', '--porcelain'),
      head: this.git('rev-parse', '--symbolic-full-name', 'HEAD'),
      branches: this.git('for-each-ref'),
      worktrees: this.git('worktree', 'list', '--porcelain'),
      administered: readdirSync(join(this.directory, '.git'))
        .toSorted()
        .filter((name) => name !== 'worktrees')
        .join(' '),
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
