/** What a server has set on its connection, which goes with it: the next connection knows nothing of it. */
import type BetterSqlite3 from 'better-sqlite3'

export class ConnectionSettings {
  private readonly native: BetterSqlite3.Database
  /** What each setting was before. */
  private readonly before = new Map<string, unknown>()

  constructor(native: BetterSqlite3.Database) {
    this.native = native
  }

  pragma(source: string, options: { simple: true }): unknown {
    const [, name] = /^\s*(\w+)\s*=/.exec(source) ?? []
    if (name !== undefined && !this.before.has(name)) this.before.set(name, this.native.pragma(name, options))
    return this.native.pragma(source, options)
  }

  reset(): void {
    for (const [name, value] of this.before) this.native.pragma(`${name} = ${value}`)
    this.before.clear()
  }
}
