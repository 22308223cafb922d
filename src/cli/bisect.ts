/** `strandline bisect`: finds the commit at which a token began to fail. The user's checkout and index stay as they are. */
import type { Command } from 'commander'
import { decodeToken } from '../explore/index.ts'
import { count } from '../report/index.ts'
import { type Bisected, Bisection, type Verdict } from './bisection.ts'
import { interruptSignal } from './interrupt.ts'
import { subjectOption } from './options.ts'
import { Replayer } from './replayer.ts'
import { type Commit, Repository } from './repository.ts'
import { paint, print } from './terminal.ts'
import { tokenIn } from './tokenArgument.ts'
import { exitCodes, UsageError } from './usage.ts'

const SHOWN_MAX = 10

interface BisectFlags {
  readonly good?: string
  readonly bad: string
  readonly subject?: string
  readonly run?: string
}

export function addBisect(program: Command): void {
  program
    .command('bisect')
    .description('find the commit at which a token began to fail, by replaying it in a work tree of its own')
    .argument('<token|file>', 'what hunt printed after "replay", or a file such as a log of CI')
    .option('--good <revision>', 'where it did not fail; without it, looked for in doubling steps')
    .option('--bad <revision>', 'where it fails', 'HEAD')
    .addOption(subjectOption())
    .option('--run <command>', "what replays a token, instead of the commit's own replay: exit code 1 is bad, 0 good")
    .addHelpText('after', '\nExit code: 0 the commit was found, 1 there is none to be found, 2 wrong usage.')
    .action(async (argument: string, flags: BisectFlags) => {
      process.exitCode = await bisect(argument, flags)
    })
}

async function bisect(argument: string, { good, bad, subject, run }: BisectFlags): Promise<number> {
  const token = tokenIn(argument).replace(/\s+/g, '')
  const { invariant } = decodeToken(token).expected
  if (run?.trim() === '') throw new UsageError('--run is empty: give the command that replays a token')
  const repository = new Repository(process.cwd())
  const line = lineOf(repository, good, bad)
  const signal = AbortSignal.any([interruptSignal(), terminated()])
  const worktree = repository.worktree(line.at(-1)!)
  // Whatever ends this process, the work tree goes with it.
  const remove = () => worktree.remove()
  process.once('exit', remove)
  try {
    const replayer = new Replayer(repository, worktree, { token, subject, invariant, run }, signal)
    const search = new Search(repository, line, replayer, signal)
    const bisected = await search.run(good !== undefined)
    return bisected === undefined ? exitCodes.interrupted : search.tell(bisected, bad)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/** Whoever ends jobs from outside, or closes the terminal, finds the work tree removed too. */
function terminated(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

/** The commits from the one that is said to be good, or from the first, to the bad one. Throws UsageError. */
function lineOf(repository: Repository, good: string | undefined, bad: string): readonly string[] {
  const newest = repository.resolve(bad)
  if (good === undefined) return repository.line(newest, undefined)
  const oldest = repository.resolve(good)
  if (oldest === newest) throw new UsageError(`"${good}" and "${bad}" are the same commit: give an older --good`)
  if (!repository.isAncestor(oldest, newest))
    throw new UsageError(`"${good}" is not an ancestor of "${bad}": give an older --good, or exchange the two`)
  return [oldest, ...repository.line(newest, oldest)]
}

class Search {
  private readonly repository: Repository
  private readonly line: readonly string[]
  private readonly replayer: Replayer
  private readonly signal: AbortSignal
  private readonly bisection: Bisection
  private readonly reasons = new Map<number, string>()

  constructor(repository: Repository, line: readonly string[], replayer: Replayer, signal: AbortSignal) {
    this.repository = repository
    this.line = line
    this.replayer = replayer
    this.signal = signal
    this.bisection = new Bisection(line.length, (commit) => this.probe(commit))
  }

  /** Undefined if Ctrl-C ended it. */
  async run(goodIsKnown: boolean): Promise<Bisected | undefined> {
    const from = goodIsKnown ? 'between two revisions' : 'back to the first one'
    print(`bisecting ${count(this.line.length)} commits, ${from}`)
    try {
      return await this.bisection.search(goodIsKnown)
    } catch (error) {
      if (error instanceof Interrupted) return undefined
      throw error
    }
  }

  private async probe(at: number): Promise<Verdict> {
    if (this.signal.aborted) throw new Interrupted()
    const { verdict, why } = await this.replayer.replay(this.line[at]!)
    if (this.signal.aborted) throw new Interrupted()
    this.reasons.set(at, why)
    const { short, date, subject } = this.commit(at)
    const words = { good: paint('green', 'passes '), bad: paint('red', 'fails  '), skip: paint('yellow', 'skipped') }
    print(`  ${short}  ${date}  ${words[verdict]}  ${subject}${why === '' ? '' : paint('dim', `  (${why})`)}`)
    return verdict
  }

  /** What it came to, in words, and the exit code. Throws UsageError where the revisions were not what they should be. */
  tell(bisected: Bisected, bad: string): number {
    const replays = `${count(this.bisection.probed)} replays of ${count(this.line.length)} commits`
    switch (bisected.kind) {
      case 'newest':
        if (bisected.verdict === 'good')
          throw new UsageError(`the token does not fail at "${bad}", as it is committed: say with --bad where it does`)
        throw new UsageError(`the token cannot be replayed at "${bad}": ${this.reasons.get(this.line.length - 1)}`)
      case 'oldest':
        if (bisected.verdict === 'bad')
          throw new UsageError('the token fails at the good commit too: give an older --good')
        throw new UsageError(`the token cannot be replayed at the good commit: ${this.reasons.get(0)}`)
      case 'always':
        print('', this.always(bisected.oldest), replays)
        return exitCodes.found
      case 'found':
        print('', ...this.firstBad(bisected.first, bisected.unsure), replays)
        return exitCodes.clean
    }
  }

  private always(oldest: number): string {
    if (oldest > 0) return `it fails in every commit that can be replayed; the oldest of them is ${this.named(oldest)}`
    const shallow = this.repository.isShallow ? '; the clone is shallow, "git fetch --unshallow" brings more' : ''
    return `it fails in the first commit already, ${this.named(0)}${shallow}`
  }

  private firstBad(first: number, unsure: readonly number[]): string[] {
    const { id, date, author, subject, parents } = this.commit(first)
    const known = [
      unsure.length === 0 ? 'it began to fail with' : 'it fails since',
      paint('bold', `  ${id}`),
      `  ${date}, ${author}`,
      `  ${subject}`,
    ]
    if (parents > 1) known.push(`  a merge: "--bad ${id.slice(0, 10)}^2" looks into its branch`)
    if (unsure.length === 0) return known
    const shown = unsure.slice(0, SHOWN_MAX).map((at) => `  ${this.named(at)}`)
    const more = unsure.length > SHOWN_MAX ? [`  and ${count(unsure.length - SHOWN_MAX)} more`] : []
    return [...known, 'or since one of those before it, which could not be replayed', ...shown, ...more]
  }

  private named(at: number): string {
    const { short, date, subject } = this.commit(at)
    return `${short}  ${date}  ${subject}`
  }

  private commit(at: number): Commit {
    return this.repository.describe(this.line[at]!)
  }
}

class Interrupted extends Error {}
