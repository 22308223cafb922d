/** What every store must do, whatever it stands on: `storeContract(name, open)` defines the tests. Time is a parameter. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ending } from '../../src/model/ending.ts'
import type { JobId } from '../../src/model/ids.ts'
import {
  type Claim,
  defaultOptions,
  type Impossible,
  type Job,
  type JobSpec,
  type Options,
  type OwnLife,
  type Store,
} from '../../src/system/index.ts'
import { processOf, server } from './handDrivenMachine.ts'
import { seedNumber } from './seed.ts'
import { Historian, type Tally } from './storeHistory.ts'
import { history } from './storeVerbs.ts'

export interface OpenedStore {
  readonly store: Store
  /** Writes past the store what its schema forbids: a queued job that belongs to somebody. */
  makeImpossible(id: JobId, owner: Omit<Impossible, 'id'>): Promise<void>
  close(): Promise<void>
}

export type OpenStore = (options: Options) => Promise<OpenedStore>

const NOW_MS = 1_000_000
const HISTORIES = 200

/** A store and the life of one server on it. */
export class Bench {
  readonly opened: OpenedStore
  readonly store: Store
  readonly life: OwnLife
  private names = 0

  constructor(opened: OpenedStore, life: OwnLife) {
    this.opened = opened
    this.store = opened.store
    this.life = life
  }

  submit(spec: Partial<JobSpec> = {}): Promise<JobId> {
    return this.store.submitJob({ argv: ['work'], ...spec }, NOW_MS)
  }

  claim(nowMs = NOW_MS, life = this.life): Promise<Claim | undefined | 'ended'> {
    return this.store.claimNextJob(life, () => `run${++this.names}`, nowMs)
  }
}
