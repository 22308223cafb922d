/** Where runs are to be: an engine that is not there, a directory that cannot be written, something in the way. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Place, until } from './support/upAndRunning.ts'

let place: Place
let runs: string
beforeEach(() => {
  place = new Place()
  runs = `${place.db}-runs`
})
afterEach(() => place.clear())

it('waits for an engine that is not there, says so, and runs what needs none', async () => {
  await place.submit(['--image', 'app:1'])
  const up = place.start(['up', '--concurrency', '2'], { env: { DOCKER_HOST: 'unix:///nowhere/engine.sock' } })
  await place.reaches(await place.put(['true']), 'done')
  const job = await until('the first try to end', async () => {
    const found = await place.queue.job(1)
    return found?.status === 'queued' && found.error !== null && found
  })
  const why =
    'launch error: there is no container engine at /nowhere/engine.sock (ENOENT): start it, or say by DOCKER_HOST'
  expect(job).toMatchObject({
    attempts: 0,
    transientAttempts: 0,
    launchFailures: 0,
    error: expect.stringContaining(why),
  })
  expect((await place.run(['jobs'])).stdout).toMatch(
    / 1 +queued, in \d+ s +0\/2 .* \[app:1\] +launch error: there is no /,
  )
  expect((await place.run(['logs', '1'])).stderr).toContain(why)
  expect(up.stderr).toContain('jobs in containers wait: there is no container engine at /nowhere/engine.sock')
  expect(await up.stop()).toBe(0)
})

// Nobody may make files there, not even root.
it.skipIf(!existsSync('/sys/kernel'))('is not up where its runs cannot be written', async () => {
  await place.put(['true'])
  symlinkSync('/sys/kernel', runs)
  const { code, stdout, stderr } = await place.run(['up'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^strandline: the directory .*jobs\.db-runs cannot be used for runs: E[A-Z]+: .*\n$/)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(await place.queue.job(1)).toMatchObject({ status: 'queued', attempts: 0 })
  rmSync(runs)
})

it('says of a run why it could not write, and goes on when it can', async () => {
  await place.put(['true'])
  const up = await place.up()
  await place.reaches(1, 'done')
  renameSync(runs, join(place.folder, 'moved'))
  writeFileSync(runs, '')
  await place.put(['true'], { maxAttempts: 1 })
  expect((await place.reaches(2, 'failed')).error).toMatch(
    /^launch error: cannot make .*-runs\/\d+\/output\.log for the output: ENOTDIR/,
  )
  expect(await place.run(['logs', '2'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringMatching(/^launch error: cannot make .*: ENOTDIR\n$/),
  })
  rmSync(runs)
  renameSync(join(place.folder, 'moved'), runs)
  await place.reaches(await place.put(['true']), 'done')
  expect(await up.stop()).toBe(0)
})

it.each([
  ['a file', (path: string) => writeFileSync(path, 'not ours')],
  ['a directory', makeWithOutput],
])('leaves %s alone that has the number of the next run, and says that it is in the way', async (_, make) => {
  const up = await place.up()
  make(join(runs, '1'))
  await place.put(['true'])
  await place.reaches(1, 'done')
  const why = `launch error: ${join(runs, '1')} is in the way: it was there before the run, and it was left alone`
  const [first, second] = await place.queue.runs(1)
  expect([first!.error, first!.outcome, second!.outcome]).toEqual([expect.stringContaining(why), 'taken', 'done'])
  const shown = await place.run(['logs', '1', '--run', '1'])
  expect(shown).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(why) })
  expect(await place.json(['logs', '1', '--run', '1'])).toMatchObject({ outcome: 'taken', output: '' })
  expect((await place.run(['delete', '1'])).stdout).toBe('job 1 is deleted\n')
  await until('job 1 to go', async () => (await place.queue.job(1)) === undefined)
  expect(await up.stop()).toBe(0)
  const next = await place.up()
  await place.reaches(await place.put(['true']), 'done')
  expect(await next.stop()).toBe(0)
  expect(readdirSync(runs).toSorted()).toEqual(['.strandline', '1', '3'])
  const [path] = [join(runs, '1'), join(runs, '1', 'output.log')].filter((one) => existsSync(one)).toReversed()
  expect(readFileSync(path!, 'utf8')).toBe('not ours')
})

function makeWithOutput(path: string): void {
  mkdirSync(path)
  writeFileSync(join(path, 'output.log'), 'not ours')
}
