/** What every store must do, whatever it stands on. Time is a parameter; nothing here waits. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultOptions } from '../../src/system/index.ts'
import { adoptionContract } from './contract/adoption.ts'
import type { OpenStore } from './contract/bench.ts'
import { containersContract } from './contract/containers.ts'
import { deletionContract } from './contract/deletion.ts'
import { endingsContract } from './contract/endings.ts'
import { fenceContract } from './contract/fence.ts'
import { Historian, type Tally } from './contract/history.ts'
import { livesContract } from './contract/lives.ts'
import { queueContract } from './contract/queue.ts'
import { readingContract } from './contract/reading.ts'
import { tasksContract } from './contract/tasks.ts'
import { tenancyContract } from './contract/tenancy.ts'
import { type History, history } from './contract/verbs.ts'
import { seedNumber } from './seed.ts'

export type { OpenedStore, OpenStore } from './contract/bench.ts'

export const HISTORIES = 300

/** Defines the tests of a store. `open` opens an empty one. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`${name}: the queue`, () => queueContract(open))
  describe(`${name}: the fence`, () => fenceContract(open))
  describe(`${name}: how claims end`, () => endingsContract(open))
  describe(`${name}: lives`, () => livesContract(open))
  describe(`${name}: who holds the database`, () => tenancyContract(open))
  describe(`${name}: tasks`, () => tasksContract(open))
  describe(`${name}: containers`, () => containersContract(open))
  describe(`${name}: adoption`, () => adoptionContract(open))
  describe(`${name}: deletions`, () => deletionContract(open))
  describe(`${name}: what people look at`, () => readingContract(open))

  test(`${name}: any history of fresh and stale verbs goes as the model says`, async () => {
    const tally: Tally = { fresh: 0, stale: 0 }
    await fc.assert(historyProperty(open, tally), { seed: seedNumber, numRuns: HISTORIES })
    expect(tally.fresh).toBeGreaterThan(HISTORIES)
    expect(tally.stale).toBeGreaterThan(HISTORIES)
  })
}

/** Counts into `tally` how often a claim was named that still held its job, and one that did not. */
export function historyProperty(open: OpenStore, tally: Tally): fc.IAsyncProperty<[History]> {
  return fc.asyncProperty(history, async ({ verbs, ...given }) => {
    // Limits within reach of a short history.
    const options = { ...defaultOptions, ...given, transientMax: 3, launchFailuresMax: 3, lostRunsMax: 3 }
    const opened = await open(options)
    try {
      await new Historian(opened, options, tally).play(verbs)
    } finally {
      await opened.close()
    }
  })
}
