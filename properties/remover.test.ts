// What was to be deleted goes: the directories of its runs first, then the rows that know of them. And a full disk keeps
// new work from starting, and says so once.

import { describe, expect, test } from 'vitest'
import type { JobId, RunId } from '../src/model/ids.ts'
import { defaultOptions, Orchestrator, Remover, SqliteStore } from '../src/system/index.ts'
import { Room } from '../src/system/room.ts'
import { HandDrivenFiles } from './support/handDrivenFiles.ts'
import { handDrivenMachine, server, settled } from './support/handDrivenMachine.ts'
import { inline, realDatabase } from './support/realDatabase.ts'
import { sharedLife } from './support/sharedLife.ts'

const NOW_MS = 1_700_000_000_000
const MIB = 2 ** 20

/** A database, and the directories of the runs on it. */
async function archive() {
  const database = realDatabase()
  const options = { ...defaultOptions, serialGate: false }
  const store = new SqliteStore(database, inline, options)
  const life = await sharedLife(store, server, 'life', NOW_MS)
  const directories = new Set<RunId>()
  const runIds = () => database.prepare('SELECT id FROM runs ORDER BY id').pluck().all() as RunId[]
  /** What stands in the way of a removal, if anything does. */
  let obstacle: (run: RunId) => void | Promise<void> = () => undefined
  const remove = async (path: string) => {
    const run = Number(path) as RunId
    await obstacle(run)
    directories.delete(run)
  }
  const { ports } = handDrivenMachine({ database, nowMs: NOW_MS, files: { remove } })
  let names = 0
  /** A finished job that took so many runs. */
  const finished = async (attempts: number): Promise<{ id: JobId; runs: RunId[] }> => {
    const id = await store.submitJob({ argv: ['work'], maxAttempts: attempts }, NOW_MS)
    const runs: RunId[] = []
    for (let n = 0; n < attempts; n++) {
      const claim = await store.claimNextJob(life, () => `run${++names}`, [], NOW_MS)
      if (typeof claim !== 'object') throw new Error(`nothing was claimed: ${claim}`)
      runs.push(claim.fence as number as RunId)
      await store.requeueJob(claim, { kind: 'failure', error: 'exit_code=1' }, NOW_MS)
    }
    for (const run of runs) directories.add(run)
    return { id, runs }
  }
  return {
    ...{ database, store, life, directories, ports, finished, runIds },
    block: (what: typeof obstacle) => {
      obstacle = what
    },
  }
}

describe('the remover', () => {
  test('removes the directories of all runs of a job, and only then its rows', async () => {
    const { store, ports, finished, block, directories, runIds } = await archive()
    const kept = await finished(1)
    const gone = await finished(3)
    await store.deleteJob(gone.id, NOW_MS)
    const known: (readonly [RunId, boolean])[] = []
    block((run) => {
      known.push([run, runIds().includes(run)])
    })
    await new Remover(store, ports).round()
    expect(known).toEqual(gone.runs.map((run) => [run, true]))
    expect([...directories]).toEqual(kept.runs)
    expect([await store.job(gone.id), runIds()]).toEqual([undefined, kept.runs])
    expect(await store.job(kept.id)).toBeDefined()
  })

  test('leaves a job alone that still runs, though it is to be deleted', async () => {
    const { store, ports, life, directories, runIds } = await archive()
    const id = await store.submitJob({ argv: ['work'] }, NOW_MS)
    const claim = await store.claimNextJob(life, () => 'run', [], NOW_MS)
    if (typeof claim !== 'object') throw new Error('nothing was claimed')
    const run = claim.fence as number as RunId
    directories.add(run)
    expect(await store.deleteJob(id, NOW_MS)).toBe('deleting')
    const remover = new Remover(store, ports)
    await remover.round()
    expect([[...directories], runIds()]).toEqual([[run], [run]])
    await store.finishJob(claim, { kind: 'success' }, NOW_MS)
    await remover.round()
    expect([[...directories], runIds()]).toEqual([[], []])
  })

  test('goes on with other jobs where a directory cannot be removed, and throws the first error', async () => {
    const { store, ports, finished, block, directories, runIds } = await archive()
    const jobs = [await finished(1), await finished(2), await finished(1), await finished(1)]
    for (const { id } of jobs) await store.deleteJob(id, NOW_MS)
    const [, second, , fourth] = jobs
    const stuck = [second!.runs[1]!, fourth!.runs[0]!]
    block((run) => {
      if (stuck.includes(run)) throw new Error(`EBUSY: run ${run}`)
    })
    const remover = new Remover(store, ports)
    await expect(remover.round()).rejects.toThrow(`EBUSY: run ${stuck[0]}`)
    expect([...directories]).toEqual(stuck)
    // The rows of what is left stay whole: they are what the next round goes by.
    expect(runIds()).toEqual([...second!.runs, ...fourth!.runs])
    expect(await store.removableJobs(0, 9)).toEqual([second, fourth].map((job) => ({ ...job, mount: null })))
    block(() => undefined)
    await remover.round()
    expect([[...directories], runIds(), await store.removableJobs(0, 9)]).toEqual([[], [], []])
  })

  test.each([0, 1, 2, 3])('leaves after a crash %s steps on what the next round finishes', async (steps) => {
    const { store, ports, finished, block, directories, runIds } = await archive()
    const gone = await finished(2)
    await store.deleteJob(gone.id, NOW_MS)
    let done = 0
    const crash = () => (++done > steps ? new Promise<never>(() => undefined) : undefined)
    block(crash)
    const { removeJob } = store
    store.removeJob = async (id) => {
      await crash()
      return removeJob.call(store, id)
    }
    const ended: string[] = []
    void new Remover(store, ports).round().then(() => ended.push('round'))
    await settled()
    expect(ended).toEqual(steps < 3 ? [] : ['round'])
    // No directory is left that no row knows of.
    expect([...directories]).toEqual(gone.runs.slice(steps))
    expect(runIds()).toEqual(steps < 3 ? gone.runs : [])
    store.removeJob = removeJob
    block(() => undefined)
    await new Remover(store, ports).round()
    expect([[...directories], runIds(), await store.job(gone.id)]).toEqual([[], [], undefined])
  })

  test('that is beaten to a job by another server takes no offence', async () => {
    const { store, ports, finished, block, directories, runIds } = await archive()
    const jobs = [await finished(1), await finished(1)]
    for (const { id } of jobs) await store.deleteJob(id, NOW_MS)
    block(async () => {
      for (const { id } of jobs) await store.removeJob(id)
    })
    await new Remover(store, ports).round()
    expect([[...directories], runIds()]).toEqual([[], []])
  })

  test('gets through however many there are, round by round', async () => {
    const { store, ports } = await archive()
    for (let n = 0; n < 150; n++) await store.deleteJob(await store.submitJob({ argv: ['work'] }, NOW_MS), NOW_MS)
    const remover = new Remover(store, ports)
    const left = async () => (await store.removableJobs(0, 999)).length
    await remover.round()
    expect(await left()).toBeGreaterThan(0)
    expect(await left()).toBeLessThan(150)
    await remover.round()
    expect(await left()).toBe(0)
  })

  test('is at work in an orchestrator from its start', async () => {
    const { store, ports, finished, directories } = await archive()
    const { id } = await finished(2)
    await store.deleteJob(id, NOW_MS)
    const orchestrator = await Orchestrator.start(ports, { shared: true })
    expect([await store.job(id), [...directories]]).toEqual([undefined, []])
    await orchestrator.stop()
  })
})

describe('what runs have in common', () => {
  /** Jobs in containers that have ended, with their directories. */
  async function moored() {
    const database = realDatabase()
    const store = new SqliteStore(database, inline, { ...defaultOptions, serialGate: false })
    const life = await sharedLife(store, server, 'life', NOW_MS)
    const disk = new HandDrivenFiles()
    const { ports } = handDrivenMachine({ database, nowMs: NOW_MS, disk })
    let names = 0
    const ended = async (id: JobId) => {
      const claim = await store.claimNextJob(life, () => `run${++names}`, [], NOW_MS)
      if (typeof claim !== 'object' || claim.id !== id) throw new Error(`job ${id} was not claimed`)
      await store.finishJob(claim, { kind: 'success' }, NOW_MS)
      const mount = claim.job.mount!
      disk.write(`${claim.fence}/output`, 'out')
      disk.write(`mount-${mount}/notes`, 'what was done')
      return { id, fence: claim.fence, mount }
    }
    const first = await ended(await store.submitJob({ image: 'agent' }, NOW_MS))
    return { store, disk, ports, ended, first, remover: new Remover(store, ports) }
  }

  test('goes with the last job that knows of it, and not before', async () => {
    const { store, disk, ended, first, remover } = await moored()
    const second = await ended((await store.relaunchJob(first.id, NOW_MS)) as JobId)
    expect(second.mount).toBe(first.mount)
    await store.deleteJob(first.id, NOW_MS)
    await remover.round()
    expect(disk.paths).toEqual(['2', '2/output', `mount-${first.mount}`, `mount-${first.mount}/notes`])
    await store.deleteJob(second.id, NOW_MS)
    await remover.round()
    expect(disk.paths).toEqual([])
  })

  test('that cannot be removed is tried again, when its job is gone already', async () => {
    const { store, disk, first, remover } = await moored()
    disk.block(`mount-${first.mount}`, 'EBUSY')
    await store.deleteJob(first.id, NOW_MS)
    await expect(remover.round()).rejects.toThrow('EBUSY')
    expect([await store.job(first.id), disk.paths.length]).toEqual([undefined, 2])
    await expect(remover.round()).rejects.toThrow('EBUSY')
    disk.unblock(`mount-${first.mount}`)
    await remover.round()
    expect(disk.paths).toEqual([])
  })

  test('and was left by a crash, or by a start that came too late, is found at the next start', async () => {
    const { store, disk, ports, first } = await moored()
    const elsewhere = `1-${'f'.repeat(32)}`
    disk.write(`mount-${elsewhere}/notes`, 'of a removed job')
    await store.deleteJob(first.id, NOW_MS)
    await store.removeJob(first.id)
    // What has no name of ours, or a number that no run or no job has had yet, is somebody else's.
    const mounts = ['mount-of-mine', `mount-${'f'.repeat(32)}`, `mount-2-${'f'.repeat(32)}`, 'mount-1-f']
    const names = ['notes', '01', '7', '1x', ...mounts]
    for (const name of names) disk.write(`${name}/file`, 'theirs')
    await new Remover(store, ports).round()
    expect(disk.paths).toEqual(names.flatMap((name) => [name, `${name}/file`]).toSorted())
  })

  test('and one of its own keep no other from being removed', async () => {
    const { store, disk, ports, ended, first } = await moored()
    const second = await ended(await store.submitJob({ image: 'agent' }, NOW_MS))
    for (const { id } of [first, second]) {
      await store.deleteJob(id, NOW_MS)
      await store.removeJob(id)
    }
    const [run, mount] = [String(first.fence), `mount-${first.mount}`]
    disk.block(run, 'EBUSY')
    disk.block(mount, 'EACCES')
    const remover = new Remover(store, ports)
    await expect(remover.round()).rejects.toThrow('EBUSY')
    expect(disk.paths).toEqual([run, `${run}/output`, mount, `${mount}/notes`])
    disk.unblock(run)
    await expect(remover.round()).rejects.toThrow('EACCES')
    expect(disk.paths).toEqual([mount, `${mount}/notes`])
    disk.unblock(mount)
    await remover.round()
    expect(disk.paths).toEqual([])
  })
})

describe('room on the disk', () => {
  const full = (free: string) =>
    `nothing is started: only ${free} MiB are free on the disk, and 64.0 MiB are needed; what runs goes on`
  const again = (free: string) => `jobs are started again: ${free} MiB are free on the disk`

  test('is said to be gone once, and to be back once', () => {
    const notices: string[] = []
    let freeBytes = 0
    const { ports } = handDrivenMachine({ database: realDatabase(), nowMs: 0, files: { freeBytes: () => freeBytes } })
    const room = new Room(ports, 64 * MIB, (text) => notices.push(text))
    const sizes = [100 * MIB, 64 * MIB, 2 * MIB, 0, 64 * MIB - 1, 64 * MIB, 70 * MIB, 1.5 * MIB, 1 * MIB]
    const has = sizes.map((size) => {
      freeBytes = size
      return room.hasRoom()
    })
    expect(has).toEqual([true, true, false, false, false, true, true, false, false])
    expect(notices).toEqual([full('2.0'), again('64.0'), full('1.5')])
  })

  test('is waited for, longer and longer, where the machine could not start anything', () => {
    const notices: string[] = []
    const { ports, advance } = handDrivenMachine({ database: realDatabase(), nowMs: 0 })
    const room = new Room(ports, 0, (text) => notices.push(text))
    const none = new Error('cannot start work now: EMFILE')
    const waits: number[] = []
    for (let n = 0; n < 7; n++) {
      room.exhausted(none)
      // Others that fail in the same moment change nothing.
      room.exhausted(none)
      let waited = 0
      for (; !room.hasRoom(); waited++) advance(1_000)
      waits.push(waited)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30])
    expect(notices).toEqual([`nothing is started for a while: ${none.message}`])
    room.started()
    room.started()
    expect(notices.slice(1)).toEqual(['jobs are started again'])
  })

  test('holds back what waits, and lets what runs go on', async () => {
    const database = realDatabase()
    let freeBytes = 100 * MIB
    const { ports } = handDrivenMachine({ database, nowMs: NOW_MS, files: { freeBytes: () => freeBytes } })
    const notices: string[] = []
    const { promise: mailed, resolve: mail } = Promise.withResolvers<void>()
    const orchestrator = await Orchestrator.start(ports, {
      options: { maxConcurrency: 9, serialGate: false },
      handlers: { mail: () => mailed, index: () => undefined },
      onNotice: (text) => notices.push(text),
    })
    const counts = async () => {
      await settled()
      return orchestrator.store.counts()
    }
    await orchestrator.submit({ task: 'mail' })
    expect(await counts()).toMatchObject({ running: 1 })
    freeBytes = 3 * MIB
    for (let n = 0; n < 3; n++) await orchestrator.submit({ task: 'index' })
    expect(await counts()).toMatchObject({ queued: 3, running: 1, done: 0 })
    mail()
    expect(await counts()).toMatchObject({ queued: 3, running: 0, done: 1 })
    expect(notices).toEqual([full('3.0')])
    freeBytes = 80 * MIB
    await orchestrator.submit({ task: 'index' })
    expect(await counts()).toMatchObject({ queued: 0, done: 5 })
    expect(notices).toEqual([full('3.0'), again('80.0')])
    await orchestrator.stop()
  })
})
