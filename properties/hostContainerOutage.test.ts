// An engine that dies, and comes back: what those who wait are told, and what they find afterwards.

import { describe, expect, test } from 'vitest'
import { until } from './support/hostHouse.ts'
import { realEngine } from './support/realEngine.ts'

const { skipped, hint, engine, direct, house, begun } = await realEngine()

describe.skipIf(skipped !== undefined)(`a Docker Engine${hint}`, () => {
  test('that is ended: the container ends first, and its end is told', async () => {
    const { containers, started, waited, run, textOf, labels } = house()
    const id = await started(['sh', '-c', 'trap "echo told; exit 6" TERM; echo begun; while :; do sleep 0.01; done'])
    const own = await run()
    const waiting = waited(id, own)
    await until(() => textOf(own) === 'begun\n')
    await engine.die('term')
    expect(await waiting).toBe(6)
    expect(textOf(own)).toBe('begun\ntold\n')
    const gone = { failure: 'unreachable', message: expect.stringContaining(engine.socketPath) }
    await expect(containers.list(labels)).rejects.toMatchObject(gone)
    await expect(containers.start(id)).rejects.toMatchObject(gone)
    await engine.rise()
    expect(await containers.list(labels)).toMatchObject([{ id, state: 'exited', exitCode: 6 }])
    expect(await waited(id, own)).toBe(6)
    expect(textOf(own)).toBe('begun\ntold\n')
  })

  test('that is killed: nobody knows what became of the container, until it is back', async () => {
    const { containers, container, started, waited, run, textOf, labels } = house()
    const id = await started(['sh', '-c', 'trap "echo told; exit 6" TERM; echo begun; while :; do sleep 0.01; done'])
    const own = await run()
    const waiting = waited(id, own)
    const lost = expect(waiting).rejects.toMatchObject({ name: 'ContainerError', failure: 'unreachable' })
    await until(() => textOf(own) === 'begun\n')
    await engine.die('kill')
    await lost
    expect(textOf(own)).toBe('begun\n')
    for (const call of [
      () => containers.create(container(['true'])),
      () => containers.kill(id, 'SIGTERM'),
      () => containers.remove(id),
      () => waited(id, own),
    ]) {
      await expect(call()).rejects.toMatchObject({
        failure: 'unreachable',
        message: `there is no container engine at ${engine.socketPath} (ECONNREFUSED): start it, or say by DOCKER_HOST where it is`,
      })
    }
    expect(textOf(own)).toBe('begun\n')
    await engine.rise()
    expect(await containers.list(labels)).toMatchObject([{ id, state: 'exited' }])
    expect(textOf(own)).toBe('begun\n')
    await waited(id, own)
    expect(textOf(own).startsWith('begun\n')).toBe(true)
    await containers.remove(id)
  })

  test('is out of reach when the host has been closed, and the container goes on', async () => {
    const { containers, started, waited, run, close } = house()
    const id = await started(['sleep', '600'])
    const own = await run()
    const { waiting } = await begun(() => waited(id, own))
    close()
    await expect(waiting).rejects.toMatchObject({ failure: 'unreachable' })
    await expect(containers.start(id)).rejects.toMatchObject({ failure: 'unreachable' })
    expect((await direct.getContainer(id).inspect()).State.Running).toBe(true)
  })
})
