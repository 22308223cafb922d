/**
 * Where in a line of commits did it begin to fail? A binary search in which any commit may be one that cannot be judged,
 * such as one that does not even parse. Commits are numbered from the oldest, which is 0.
 */

export type Verdict = 'good' | 'bad' | 'skip'

export type Bisected =
  /** The first bad commit; `unsure` are the skipped ones just before it, any of which may be it. */
  | { readonly kind: 'found'; readonly first: number; readonly unsure: readonly number[] }
  /** The newest is not bad. */
  | { readonly kind: 'newest'; readonly verdict: Verdict }
  /** The one that was said to be good is not. */
  | { readonly kind: 'oldest'; readonly verdict: Verdict }
  /** Bad as far back as can be judged; `oldest` is the oldest bad one. */
  | { readonly kind: 'always'; readonly oldest: number }

export class Bisection {
  private readonly newest: number
  private readonly probe: (commit: number) => Promise<Verdict>
  private readonly verdicts = new Map<number, Verdict>()

  /** `probe` is asked at most once for each commit. */
  constructor(commits: number, probe: (commit: number) => Promise<Verdict>) {
    this.newest = commits - 1
    this.probe = probe
  }

  /** How many commits were judged or skipped. */
  get probed(): number {
    return this.verdicts.size
  }

  /** Is the oldest known to be good, or has a good one to be found first? */
  async search(oldestIsGood: boolean): Promise<Bisected> {
    const newest = await this.verdict(this.newest)
    if (newest !== 'bad') return { kind: 'newest', verdict: newest }
    if (!oldestIsGood) return this.walkBack()
    const oldest = await this.verdict(0)
    if (oldest !== 'good') return { kind: 'oldest', verdict: oldest }
    return this.between(0, this.newest)
  }

  /** In doubling steps from the newest, until one is good. */
  private async walkBack(): Promise<Bisected> {
    let bad = this.newest
    for (let step = 1; bad > 0; step *= 2) {
      const at = Math.max(0, this.newest - step)
      const verdict = await this.verdict(at)
      if (verdict === 'good') return this.between(at, bad)
      if (verdict === 'bad') bad = at
      if (at === 0) break
    }
    return bad === 0 ? { kind: 'always', oldest: 0 } : this.fromOldest(bad)
  }

  /** The oldest commits cannot be judged: a good one can only lie between them and the bad ones. */
  private async fromOldest(oldestBad: number): Promise<Bisected> {
    let skipped = 0
    let bad = oldestBad
    while (bad - skipped > 1) {
      const at = Math.floor((skipped + bad) / 2)
      const verdict = await this.verdict(at)
      if (verdict === 'good') return this.between(at, bad)
      if (verdict === 'bad') bad = at
      else skipped = at
    }
    return { kind: 'always', oldest: bad }
  }

  private async between(knownGood: number, knownBad: number): Promise<Bisected> {
    let good = knownGood
    let bad = knownBad
    for (;;) {
      const at = this.nextBetween(good, bad)
      if (at === undefined) break
      const verdict = await this.verdict(at)
      if (verdict === 'good') good = at
      if (verdict === 'bad') bad = at
    }
    const unsure = Array.from({ length: bad - good - 1 }, (_, nth) => good + 1 + nth)
    return { kind: 'found', first: bad, unsure }
  }

  /** The one nearest to the middle that was not skipped. */
  private nextBetween(good: number, bad: number): number | undefined {
    const middle = (good + bad) / 2
    let best: number | undefined
    for (let at = good + 1; at < bad; at++) {
      if (this.verdicts.has(at)) continue
      if (best === undefined || Math.abs(at - middle) < Math.abs(best - middle)) best = at
    }
    return best
  }

  private async verdict(commit: number): Promise<Verdict> {
    const known = this.verdicts.get(commit)
    if (known !== undefined) return known
    const verdict = await this.probe(commit)
    this.verdicts.set(commit, verdict)
    return verdict
  }
}
