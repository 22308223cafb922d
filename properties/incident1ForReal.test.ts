// Incident 1 on the real kernel, with a Docker Engine of the test's own and a database on the disk. By hand is put in only
// that, in the mount namespace of the orchestrator, the state of a run is a mountpoint as long as its container exists.
// What comes of it stands beside what the simulator makes of the same story.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { orchestratorSubject } from '../src/subjects/orchestrator/subject.ts'
import { flake, play } from './support/incident1/flake.ts'
import { pastOf, type Variant } from './support/incident1/machine.ts'
import type { Reenacted } from './support/incident1/reenactment.ts'
import type { Mounts } from './support/incident1/volumes.ts'
import { place } from './support/place.ts'
import { realEngine } from './support/realEngine.ts'

const { skipped, hint, direct, engine } = await realEngine()
const script = fileURLToPath(new URL('./support/incident1/reenactment.ts', import.meta.url))

const containers = async () => (await direct.listContainers({ all: true })).map(({ Id }) => Id)

/** What the engine says of the ends of its containers. */
async function codesOf(...ids: readonly string[]): Promise<readonly number[]> {
  const until = Date.now() / 1000
  const events = await direct.getEvents({ since: 0, until, filters: { type: ['container'], event: ['die'] } })
  const codes = new Map<string, number>()
  for await (const line of createInterface({ input: events })) {
    const { Actor } = JSON.parse(line) as { Actor: { ID: string; Attributes: { exitCode: string } } }
    codes.set(Actor.ID, Number(Actor.Attributes.exitCode))
  }
  return ids.map((id) => codes.get(id)!)
}

async function reenact(variant: Variant, code: number, mounts: Mounts = 'own-mountpoint') {
  const directory = place()
  const words = [script, join(directory, 'orch.db'), engine.socketPath, engine.image, variant, String(code), mounts]
  const act = spawn('unshare', ['--mount', process.execPath, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(act, 'close')
  onTestFinished(async () => {
    act.kill('SIGKILL')
    await closed
    for (const id of await containers()) await direct.getContainer(id).remove({ force: true })
  })
  const told = (await json(act.stdout)) as Reenacted
  const engineSays = await codesOf(told.before.container, told.after.container)
  expect(told.before.isLookedAt).toBe(true)
  return { ...told, engineSays, containers: await containers() }
}

/** The same story with the same mounts and the same way of removing, as the simulator tells it. */
async function simulated(variant: Variant, code: number, mounts: Mounts) {
  const past = pastOf(variant)
  const subject = past && orchestratorSubject({ name: variant, ...past })
  const { failures, told } = await play(flake(code), { mounts, removal: 'sequential' }, subject)
  const ends = told.flatMap(({ text }) => /^job (\d+): running → (\w+)/.exec(text)?.slice(1, 3).join(' ') ?? [])
  const wrong = failures.find(({ invariant }) => invariant === 'FBI-6')?.reason
  return { ends, wrong }
}

describe.skipIf(skipped !== undefined)(`on a real machine${hint}`, () => {
  test('as published, a run that hung and was killed has succeeded with the exit code of one that was deleted', async () => {
    const { before, after, ...rest } = await reenact('published', 0)
    expect(before).toMatchObject({ job: 1, run: 1, status: 'done', exitCode: 0, mountpoints: ['1/state'] })
    expect(after).toMatchObject({ job: 1, run: 1, status: 'done', exitCode: 0 })
    expect(after.read).toMatchObject({ '1/state/result.json': '{"exit_code": 0}\n' })
    expect(after.container).not.toBe(before.container)
    expect(rest).toMatchObject({ deleted: 'deleted', cancelled: 'cancelling', refused: ['1/state EBUSY'] })
    expect(rest.engineSays).toEqual([0, 137])
  })

  test('as published, after an exit of 1 it has failed by luck: with 1, though the engine says 137', async () => {
    const { before, after, refused, engineSays } = await reenact('published', 1)
    expect(before).toMatchObject({ job: 1, run: 1, status: 'failed', exitCode: 1 })
    expect(after).toMatchObject({ job: 1, run: 1, status: 'failed', error: 'exit_code=1', exitCode: 1 })
    expect(refused).toEqual(['1/state EBUSY'])
    expect(engineSays).toEqual([1, 137])
  })

  test('as published, where the directory is no mountpoint, it can be removed, and the engine is believed', async () => {
    const { before, after, refused, engineSays } = await reenact('published', 0, 'bind-source')
    expect(before).toMatchObject({ job: 1, run: 1, status: 'done', exitCode: 0, mountpoints: [] })
    expect(after).toMatchObject({ job: 1, run: 1, status: 'failed', exitCode: 137 })
    expect(refused).toEqual([])
    expect(engineSays).toEqual([0, 137])
  })

  test.each([
    ['FIX1', 'removes the old container first, and then there is nothing that is busy', { job: 1, run: 1 }, []],
    ['FIX2', 'removes the result out of the directory that is busy', { job: 1, run: 1 }, ['1/state EBUSY']],
    ['FIX3', 'gives the second run another id, and with it another directory', { job: 2, run: 2 }, []],
  ] as const)('%s alone %s', async (fix, _, ids, refused) => {
    const { after, engineSays, ...rest } = await reenact(fix, 0)
    expect(after).toMatchObject({ ...ids, status: 'failed', exitCode: 137 })
    expect(rest.refused).toEqual(refused)
    expect(engineSays).toEqual([0, 137])
  })

  test('as it is, the run is cancelled with its own exit code, and reads nothing of the other', async () => {
    const { before, after, left, ...rest } = await reenact('sound', 0)
    expect(before).toMatchObject({ job: 1, run: 1, status: 'done', exitCode: 0 })
    expect(before.mountpoints).toEqual([expect.stringMatching(/^1\/state-[0-9a-f]{32}$/)])
    expect(after).toMatchObject({ job: 2, run: 2, status: 'cancelled', error: 'exit_code=137', exitCode: 137 })
    expect(Object.keys(after.read)).toContainEqual(expect.stringMatching(/^2\/state-[0-9a-f]{32}\/result\.json$/))
    expect(new Set(Object.values(after.read))).toEqual(new Set([null]))
    expect(rest).toMatchObject({ deleted: 'deleting', cancelled: 'cancelling', refused: [], engineSays: [0, 137] })
    // Though the page is still connected.
    expect([left, rest.containers]).toEqual([{ directories: ['2'], mountpoints: [] }, []])
  })
})

describe('the simulator says the same', () => {
  test.each([
    ['published', 'own-mountpoint', 0, ['1 done', '1 done'], 'run 1 ended with 0, though the engine says 137'],
    ['published', 'own-mountpoint', 1, ['1 failed', '1 failed'], 'run 1 ended with 1, though the engine says 137'],
    ['published', 'bind-source', 0, ['1 done', '1 failed'], undefined],
    ['FIX1', 'own-mountpoint', 0, ['1 done', '1 failed'], undefined],
    ['FIX2', 'own-mountpoint', 0, ['1 done', '1 failed'], undefined],
    ['FIX3', 'own-mountpoint', 0, ['1 done', '2 failed'], undefined],
    ['sound', 'own-mountpoint', 0, ['1 done', '2 cancelled'], undefined],
  ] as const)('%s, with the directory as %s, after an exit of %i', async (variant, mounts, code, ends, wrong) => {
    const told = await simulated(variant, code, mounts)
    expect(told.ends).toEqual(ends)
    expect(told.wrong).toEqual(wrong && expect.stringContaining(wrong))
  })
})
