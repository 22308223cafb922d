/** Jobs in containers of a real engine, through the command line. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../conformance/engine/dockerd.ts'
import { type JobView, startWorker } from '../src/library/index.ts'
import { type EnginePlace, placesBesideEngine, WAITS } from './support/enginePlace.ts'
import { until } from './support/upAndRunning.ts'

let place: EnginePlace
let engine: Engine
await placesBesideEngine((made) => {
  place = made
  engine = made.engine
})

describe('a job with an image', () => {
  it('runs in a container, which is gone when it is done; its output stays', async () => {
    const id = await place.submitScript('echo out; echo err >&2; exit 0')
    const going = await place.serve()
    await place.reaches(id, 'done')
    expect(await place.finished(id)).toMatchObject([
      { exitCode: 0, pid: null, container: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
    // An engine keeps the order of each stream alone.
    expect((await place.output(id)).split('\n').toSorted()).toEqual(['', 'err', 'out'])
    expect(place.containers()).toEqual([])
    expect(await going.stop()).toBe(0)
    expect(going.stdout).toMatch(/stopped: nothing runs any more\n$/)
    expect((await place.run(['jobs'])).stdout).toMatch(/1 +done +1\/2 .* \[strandline-busybox:1\] sh -c 'echo out; /)
  })

  it('is done when all that it printed is kept, however long that takes after its end', async () => {
    const id = await place.submitScript(
      'yes 0123456789012345678901234567890123456789 | head -c 12000000; echo; echo END',
    )
    await place.serve()
    await place.reaches(id, 'done')
    const output = await place.output(id)
    expect(output.length).toBe(12_000_005)
    expect(output.endsWith('\nEND\n')).toBe(true)
  })

  it('has of the environment only what was given to it, and begins in its own directory', async () => {
    const env = { SECRET: 'not for jobs', LANG: 'of here', ASKED: 'as here' }
    const words = [
      '--image',
      engine.image,
      '--env',
      'ASKED',
      '--env',
      'OWN=a b',
      '--cwd',
      '/begin',
      '--shell',
      '--',
      'pwd; env',
    ]
    await place.submit(words, { env })
    await place.serve()
    await place.reaches(1, 'done')
    const lines = (await place.output(1)).trimEnd().split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        '/begin',
        'PATH=/bin',
        'ASKED=as here',
        'OWN=a b',
        'STRANDLINE_JOB=1',
        'STRANDLINE_ATTEMPT=1',
        'STRANDLINE_STATE=/strandline/state',
        'STRANDLINE_MOUNT=/strandline/mount',
      ]),
    )
    const names = lines.slice(1).map((line) => line.split('=')[0]!)
    expect(names.filter((name) => !/^(PATH|HOME|HOSTNAME|PWD|SHLVL|ASKED|OWN|STRANDLINE_\w+)$/.test(name))).toEqual([])
  })

  it('runs the command of its image if it has none of its own', async () => {
    place.docker(
      'commit',
      '--change',
      'CMD ["echo", "from the image"]',
      place.docker('create', engine.image, 'true'),
      'own-command:1',
    )
    await place.submit(['--image', 'own-command:1'])
    await place.submit(['--image', engine.image])
    await place.serve()
    await place.reaches(1, 'done')
    expect(await place.output(1)).toBe('from the image\n')
    expect((await place.reaches(2, 'failed')).error).toMatch(/^launch error: .*[Nn]o command/)
  })

  it('is tried as often as it may be, each time in a new container, and then has failed', async () => {
    await place.submitScript('echo try $STRANDLINE_ATTEMPT; exit 3', '--attempts', '2')
    await place.serve()
    expect(await place.reaches(1, 'failed')).toMatchObject({ attempts: 2, error: 'exit_code=3' })
    expect([await place.output(1, '--run', '1'), await place.output(1)]).toEqual(['try 1\n', 'try 2\n'])
    const runs = await place.queue.runs(1)
    expect(new Set(runs.map(({ container }) => container)).size).toBe(2)
    expect(runs[1]!.parentRun).toBe(runs[0]!.id)
  })

  it('has failed at once where there is no such image, and says so', async () => {
    await place.submit(['--image', 'none:1', '--attempts', '5', '--', 'true'])
    await place.serve()
    const why = 'launch error: there is no image none:1: pull or build it first'
    expect(await place.reaches(1, 'failed')).toMatchObject({ error: why, attempts: 1, launchFailures: 0 })
    expect(await place.run(['logs', '1'])).toMatchObject({ code: 0, stdout: '', stderr: `${why}\n` })
  })

  it('has failed at once where its command is not in the image', async () => {
    await place.submit(['--image', engine.image, '--', 'no-such-command'])
    await place.serve()
    expect((await place.reaches(1, 'failed')).error).toMatch(/^launch error: .*no-such-command/)
    expect(place.containers()).toEqual([])
  })

  it('says itself how it ended, where it writes that down', async () => {
    await place.submitScript('echo \'{"exit_code": 78}\' >"$STRANDLINE_STATE/result.json"')
    await place.submitScript('echo \'{"exit_code": 0}\' >"$STRANDLINE_STATE/result.json"; exit 9')
    await place.submitScript(
      'echo \'{"exit_code": "none"}\' >"$STRANDLINE_STATE/result.json"; exit 9',
      '--attempts',
      '1',
    )
    await place.serve()
    expect(await place.reaches(1, 'failed')).toMatchObject({ attempts: 1, error: 'exit_code=78' })
    expect(await place.reaches(2, 'done')).toMatchObject({ error: null })
    expect(await place.reaches(3, 'failed')).toMatchObject({ error: 'exit_code=9' })
  })
})

describe('relaunch', () => {
  it('is a new job that finds what the runs before it have left, and their session', async () => {
    const asks = 'touch "$STRANDLINE_MOUNT/notes"; echo "session $STRANDLINE_SESSION"; cat "$STRANDLINE_MOUNT/notes"'
    const notes = 'echo "note $STRANDLINE_JOB" >>"$STRANDLINE_MOUNT/notes"'
    await place.submitScript(`${asks}; ${notes}; echo "talk-$STRANDLINE_JOB" >"$STRANDLINE_STATE/session-id"`)
    await place.serve()
    const { mount } = await place.reaches(1, 'done')
    expect(await place.run(['relaunch', '1'])).toMatchObject({ code: 0, stdout: '2\n', stderr: '' })
    await place.reaches(2, 'done')
    expect(await place.json(['relaunch', '2'])).toEqual({ id: 2, result: 'relaunched', relaunch: 3 })
    await place.reaches(3, 'done')
    const outputs = await Promise.all([1, 2, 3].map((id) => place.output(id)))
    expect(outputs).toEqual(['session \n', 'session talk-1\nnote 1\n', 'session talk-2\nnote 1\nnote 2\n'])
    const [[first], [second]] = [await place.queue.runs(1), await place.queue.runs(2)]
    expect(await place.json(['logs', '2'])).toMatchObject({
      parentRun: first!.id,
      sessionId: 'talk-2',
      image: engine.image,
    })
    const { jobs } = await place.json<{ jobs: JobView[] }>(['jobs'])
    expect(jobs[0]).toMatchObject({ id: 3, image: engine.image, mount, parentRun: second!.id, sessionId: 'talk-2' })
    for (const id of ['1', '2']) expect((await place.run(['delete', id])).code).toBe(0)
    expect(readFileSync(join(mount!, 'notes'), 'utf8')).toBe('note 1\nnote 2\nnote 3\n')
    expect((await place.run(['delete', '3'])).code).toBe(0)
    await until('the mount to go', () => !existsSync(mount!))
  })
})

describe('cancel and delete', () => {
  it('end a container: by SIGTERM, and after a while by SIGKILL', async () => {
    await place.submitScript('trap "exit 143" TERM; echo ready; while :; do sleep 0.1; done')
    await place.submitScript('trap "" TERM; echo ready; while :; do sleep 0.1; done')
    await place.serve()
    for (const id of [1, 2]) await until(`job ${id} to be ready`, async () => (await place.output(id)) === 'ready\n')
    for (const id of ['1', '2']) {
      const result = await place.json(['cancel', id])
      expect(result).toEqual({ id: Number(id), result: 'cancelling', status: 'running', httpStatus: 202 })
    }
    for (const id of [1, 2]) await place.reaches(id, 'cancelled')
    expect([await place.finished(1), await place.finished(2)]).toMatchObject([[{ exitCode: 143 }], [{ exitCode: 137 }]])
    expect(place.containers()).toEqual([])
  })

  it('leave nothing of what is deleted while it runs', async () => {
    await place.submitScript(WAITS)
    await place.serve()
    const { mount } = await place.contained(1)
    expect((await place.run(['delete', '1'])).stdout).toBe('job 1 is being deleted: its run is told to end first\n')
    await until('job 1 to go', async () => (await place.queue.job(1)) === undefined)
    await until('its mount to go', () => !existsSync(mount))
    expect(place.containers()).toEqual([])
    expect(readdirSync(place.queue.runsDirectory)).toEqual(['.strandline'])
  })

  it('leave alone what was there before a run, and say what it is', async () => {
    await place.serve()
    writeFileSync(join(place.queue.runsDirectory, '1'), 'not ours')
    await place.submitScript('exit 0')
    await place.reaches(1, 'done')
    const [first, second] = await place.queue.runs(1)
    const inTheWay = expect.stringMatching(
      /^launch error: .*-runs\/1': it was there before the run, and was left alone$/,
    )
    expect(first).toMatchObject({ outcome: 'taken', error: inTheWay })
    expect(second).toMatchObject({ outcome: 'done' })
    await place.run(['delete', '1'])
    await until('job 1 to go', async () => (await place.queue.job(1)) === undefined)
    expect(readdirSync(place.queue.runsDirectory).toSorted()).toEqual(['.strandline', '1'])
    expect(readFileSync(join(place.queue.runsDirectory, '1'), 'utf8')).toBe('not ours')
  })
})

describe('somebody who looks at a run', () => {
  it('keeps its container until they go, or until it is cancelled or deleted', async () => {
    for (let n = 0; n < 3; n++) await place.submitScript(WAITS)
    const worker = await startWorker(place.db, { engine: engine.socketPath, concurrency: 3, options: { pollMs: 20 } })
    try {
      const runs = await Promise.all([1, 2, 3].map((id) => place.contained(id)))
      const listeners = [1, 2, 3].map((id) => worker.connect(id)!)
      for (const { mount } of runs) writeFileSync(join(mount, 'gate'), '')
      for (const id of [1, 2, 3]) await place.reaches(id, 'done')
      expect(await place.json(['logs', '1'])).toMatchObject({ phase: 'waiting', exitCode: 0, output: 'end\n' })
      expect(new Set(place.containers())).toEqual(new Set(runs.map(({ container }) => container)))
      expect(await place.json(['status'])).toMatchObject({ waitingRuns: 3 })
      expect((await place.run(['status'])).stdout).toContain('3 containers of runs that have ended')
      listeners[0]!.close()
      await place.finished(1)
      expect(await place.json(['status'])).toMatchObject({ waitingRuns: 2 })
      expect(await place.run(['cancel', '2'])).toMatchObject({
        code: 0,
        stdout: 'job 2 is done already; its container, kept for somebody who looked at it, is removed now\n',
      })
      await place.finished(2)
      const again = await place.run(['cancel', '2', '--json'])
      expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { result: 'finished', httpStatus: 404 }])
      const deleted = await place.run(['delete', '3'])
      expect(deleted).toMatchObject({ code: 0, stdout: 'job 3 is being deleted: its container is removed first\n' })
      await until('job 3 to go', async () => (await place.queue.job(3)) === undefined)
      expect(place.containers()).toEqual([])
      expect(worker.connect(1)).toBe(undefined)
    } finally {
      expect(await worker.stop()).toMatchObject({ left: 0, abandoned: 0 })
    }
  })
})
