/**
 * Who acts, for oracles: a scope that the simulator opens at a claim, a launch, a request, carried through awaits by
 * AsyncLocalStorage. A scope gives the chains opened in it a root that is stable under shrinking, and may own a row in a
 * certain generation: what it does later is judged by that.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Chain } from './chain.ts'

/** A row as its owner knew it. */
export interface Owner {
  readonly table: string
  readonly id: number
  readonly generation: number
}

export interface Scope {
  readonly chain: Chain
  readonly owner: Owner | undefined
  readonly parent: Scope | undefined
}

const storage = new AsyncLocalStorage<Scope>()

export function currentScope(): Scope | undefined {
  return storage.getStore()
}

export function runInScope<T>(scope: Scope | undefined, work: () => T): T {
  return scope === undefined ? storage.exit(work) : storage.run(scope, work)
}
