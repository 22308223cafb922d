/** What an orchestrator says while it runs, as sentences on standard error; of the same failure not again and again. */

const AGAIN_MS = 60_000

export class Notices {
  private readonly say: (line: string) => void
  private readonly nowMs: () => number
  private readonly saidMs = new Map<string, number>()

  constructor(say: (line: string) => void, nowMs: () => number = () => performance.now()) {
    this.say = say
    this.nowMs = nowMs
  }

  /** Something that has changed. */
  notice(text: string): void {
    this.say(`strandline: ${text}`)
  }

  /** Something that fails, and may do so at every round. */
  error(error: unknown): void {
    const { message, code }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error))
    const [line = ''] = message.split('\n', 1)
    const why = code === undefined || line.includes(code) ? line : `${line} (${code})`
    const what = code?.startsWith('SQLITE_') ? 'the database could not be used' : 'something failed'
    const text = `${what}, and is tried again: ${why}`
    if (this.isNew(text)) this.notice(text)
  }

  private isNew(text: string): boolean {
    const nowMs = this.nowMs()
    for (const [said, ms] of this.saidMs) if (nowMs - ms >= AGAIN_MS) this.saidMs.delete(said)
    if (this.saidMs.has(text)) return false
    this.saidMs.set(text, nowMs)
    return true
  }
}
