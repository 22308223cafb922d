/** Containers when somebody dies: whoever started them, or their engine. And the example of the documentation. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { Engine } from '../conformance/engine/dockerd.ts'
import { openQueue } from '../src/library/index.ts'
import { type EnginePlace, placesBesideEngine, WAITS } from './support/enginePlace.ts'
import { isAlive, until } from './support/upAndRunning.ts'

let place: EnginePlace
let engine: Engine
await placesBesideEngine((made) => {
  place = made
  engine = made.engine
})

describe('a container outlives', () => {
  it('the server that started it: the next one takes it over, and its end counts once', async () => {
    await place.submitScript(WAITS)
    const former = await place.serve()
    const { mount, container } = await place.contained(1)
    await former.stop('SIGKILL')
    expect(place.containers()).toEqual([container])
    const next = await place.serve()
    writeFileSync(join(mount, 'gate'), '')
    expect(await place.reaches(1, 'done')).toMatchObject({ attempts: 1, lostRuns: 0 })
    expect(await place.finished(1)).toMatchObject([{ container, exitCode: 0, outcome: 'done' }])
    expect([await place.output(1), readFileSync(join(mount, 'ends'), 'utf8')]).toEqual(['end\n', 'once\n'])
    expect(await next.stop()).toBe(0)
    expect(place.containers()).toEqual([])
  })

  it('the end of its server, when it ended while nobody was there', async () => {
    await place.submitScript(WAITS)
    const former = await place.serve('--drain', '0.2', '--json')
    const { mount, container } = await place.contained(1)
    expect(await former.stop()).toBe(0)
    expect(former.stderr).toContain('stopped: 1 container goes on; the next "strandline up" takes it over\n')
    expect(JSON.parse(former.stdout)).toMatchObject({ left: 1, abandoned: 0, jobs: { running: 1 } })
    writeFileSync(join(mount, 'gate'), '')
    place.docker('wait', container)
    await place.serve()
    expect(await place.reaches(1, 'done')).toMatchObject({ attempts: 1 })
    expect(readFileSync(join(mount, 'ends'), 'utf8')).toBe('once\n')
    expect(await place.output(1)).toBe('end\n')
  })

  it('the server that was killed, and is not taken for a process when others that it left are ended', async () => {
    // given a server with a process and a container, whose processes this machine sees as well
    const process = await place.put(['sleep', '600'])
    const contained = await place.submitScript(WAITS)
    const former = await place.serve()
    const { pid } = await place.runs(process)
    const { mount, container } = await place.contained(contained)
    await former.stop('SIGKILL')
    // when the next one ends what is left of the process, and tries it again
    await place.serve()
    await until('a second run of the process', async () => {
      const [, second] = await place.queue.runs(process)
      return second?.phase === 'running'
    })
    await until('the end of the first', () => !isAlive(pid))
    // then the container goes on, and ends as it should
    expect(place.docker('inspect', '--format', '{{.State.Status}}', container)).toBe('running')
    writeFileSync(join(mount, 'gate'), '')
    expect(await place.reaches(contained, 'done')).toMatchObject({ attempts: 1, lostRuns: 0, error: null })
    expect(await place.finished(contained)).toMatchObject([{ container, exitCode: 0, outcome: 'done' }])
    expect(readFileSync(join(mount, 'ends'), 'utf8')).toBe('once\n')
  })

  it('a stop that ends processes, which are not in it', async () => {
    const process = await place.put(['sleep', '600'])
    const contained = await place.submitScript(WAITS)
    const former = await place.serve('--drain', '0.2', '--json')
    const { pid } = await place.runs(process)
    const { mount, container } = await place.contained(contained)
    expect(await former.stop()).toBe(1)
    expect(JSON.parse(former.stdout)).toMatchObject({ left: 1, abandoned: 1, jobs: { running: 1, queued: 1 } })
    expect(isAlive(pid)).toBe(false)
    expect(place.docker('inspect', '--format', '{{.State.Status}}', container)).toBe('running')
    await place.serve()
    await place.runs(process)
    writeFileSync(join(mount, 'gate'), '')
    expect(await place.reaches(contained, 'done')).toMatchObject({ attempts: 1, lostRuns: 0 })
    expect(await place.finished(contained)).toMatchObject([{ container, exitCode: 0, outcome: 'done' }])
  })

  it('not its engine: when that was killed, the job is tried again', async () => {
    await place.submitScript(`echo try $STRANDLINE_ATTEMPT; ${WAITS}`)
    await place.serve()
    const { mount, container } = await place.contained(1)
    await engine.restart('kill')
    await until('a second run', async () => (await place.queue.runs(1)).length === 2)
    const next = await place.contained(1)
    expect(next.container).not.toBe(container)
    expect(basename(next.mount)).toBe(basename(mount))
    writeFileSync(join(mount, 'gate'), '')
    expect(await place.reaches(1, 'done')).toMatchObject({ attempts: 2 })
    expect([await place.output(1), readFileSync(join(mount, 'ends'), 'utf8')]).toEqual(['try 2\nend\n', 'once\n'])
    await place.finished(1)
    expect(place.containers()).toEqual([])
  })
})

describe('the example of the documentation', () => {
  it('does what it says', async () => {
    const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
    writeFileSync(join(place.folder, 'strandline'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
    chmodSync(join(place.folder, 'strandline'), 0o755)
    place.docker('tag', engine.image, 'alpine:3')
    vi.stubEnv('DOCKER_HOST', `unix://${engine.socketPath}`)
    try {
      const { code, stdout } = await place.shell(
        fileURLToPath(new URL('../docs/examples/containers.sh', import.meta.url)),
      )
      expect(code).toBe(0)
      const said = stdout.split('\n').filter((line) => !/^(up: |stopping)/.test(line))
      const shown = ['hello', 'session: ', '3', 'session: talk-7', 'a note of job 2']
      const deleted = [2, 3].map((id) => expect.stringMatching(new RegExp(`^job ${id} is (being )?deleted`)))
      expect(said).toEqual(['1', '2', ...shown, ...deleted, 'stopped: nothing runs any more', ''])
      const queue = openQueue(join(place.folder, 'agents.db'))
      expect(await queue.jobs()).toMatchObject([{ id: 1, status: 'done' }])
      queue.close()
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
