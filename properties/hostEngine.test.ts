// The way to a container engine: where it is looked for, and what a bad or a broken answer comes to.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connectionFailure } from '../src/host/engineFailure.ts'
import type { ContainerId, RunId } from '../src/model/ids.ts'
import type { Containers } from '../src/ports/index.ts'
import { type Answer, falseEngine } from './support/falseEngine.ts'
import { hostHouse, until } from './support/hostHouse.ts'

const id = 'a'.repeat(64) as ContainerId
const spec = { name: 'n', image: 'i', argv: [], environment: {}, directory: undefined, labels: {}, binds: [] }
const calls: Readonly<Record<string, (containers: Containers) => Promise<unknown>>> = {
  create: (containers) => containers.create(spec),
  start: (containers) => containers.start(id),
  wait: (containers) => containers.wait(id, 1 as RunId, new AbortController().signal),
  kill: (containers) => containers.kill(id, 'SIGTERM'),
  remove: (containers) => containers.remove(id),
  list: (containers) => containers.list({}),
}
const routes: Readonly<Record<string, string>> = {
  create: 'POST /containers/create',
  start: `POST /containers/${id}/start`,
  wait: `POST /containers/${id}/wait`,
  kill: `POST /containers/${id}/kill`,
  remove: `DELETE /containers/${id}`,
  list: 'GET /containers/json',
}
const inspect = `GET /containers/${id}/json`
const running = { State: { Status: 'running', FinishedAt: '0001-01-01T00:00:00Z', ExitCode: 0 } }

/** What is asked of an engine that gives these answers. */
async function asking(answers: Readonly<Record<string, Answer>>): Promise<Containers> {
  return (await portsBeside(answers)).containers
}

async function portsBeside(answers: Readonly<Record<string, Answer>>) {
  const { directory } = hostHouse()
  const socket = join(directory, 'engine.sock')
  await falseEngine(socket, answers)
  const { ports } = hostHouse({ engine: socket })
  await ports.files.makeDirectory('1', 'own')
  return ports
}

describe('an engine is looked for', () => {
  test('only when it is asked for the first time, and nothing is loaded before', () => {
    const { directory } = hostHouse()
    const listing = fileURLToPath(new URL('support/loadedFiles.ts', import.meta.url))
    const host = new URL('../src/host/index.ts', import.meta.url).href
    const loaded = (then: string) => {
      const program = `import { openHost } from '${host}'
        const { ports, close } = openHost({ file: '${directory}/loads.db', engine: '/none' })
        ${then}
        close()`
      const command = `"$0" --import "$1" --input-type=module --eval "$2" 2>&1`
      return execFileSync('sh', ['-c', command, process.execPath, listing, program], { encoding: 'utf8' })
    }
    expect(loaded('')).not.toMatch(/dockerode|docker-modem/)
    expect(loaded('await ports.containers.list({}).catch(() => undefined)')).toMatch(/dockerode/)
  })

  test('where DOCKER_HOST says', async () => {
    const { directory } = hostHouse()
    const port = await falseEngine(0, { 'GET /containers/json': [200, []] })
    const socket = join(directory, 'engine.sock')
    await falseEngine(socket, { 'GET /containers/json': [200, []] })
    for (const place of [`tcp://127.0.0.1:${port}`, `unix://${socket}`]) {
      expect(await environed({ DOCKER_HOST: place }).list({})).toEqual([])
    }
    const wrong = { failure: 'unreachable', message: expect.stringContaining('/none (ENOENT): start it') }
    await expect(environed({ DOCKER_HOST: 'unix:///none' }).list({})).rejects.toMatchObject(wrong)
  })

  test('with the certificates of DOCKER_CERT_PATH, and tells which are missing', async () => {
    const { directory } = hostHouse()
    const containers = environed({
      DOCKER_HOST: 'tcp://127.0.0.1:1',
      DOCKER_CERT_PATH: directory,
      DOCKER_TLS_VERIFY: '1',
    })
    const why = expect.stringContaining(join(directory, 'ca.pem'))
    await expect(containers.list({})).rejects.toMatchObject({ failure: 'unreachable', message: why })
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(directory, `${name}.pem`), certificate)
    // Read anew, they are only not good.
    await expect(containers.list({})).rejects.toMatchObject({ message: expect.not.stringContaining('ca.pem') })
  })

  test('at the socket that it was given, whatever the environment says', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1')
    vi.stubEnv('DOCKER_TLS_VERIFY', '1')
    onTestFinished(() => void vi.unstubAllEnvs())
    const containers = await asking({ 'GET /containers/json': [200, []] })
    expect(await containers.list({})).toEqual([])
  })
})

describe('whoever asks', () => {
  test.each(Object.keys(calls))(
    'to %s is told when the connection breaks in the middle of the answer',
    async (call) => {
      const containers = await asking({ [inspect]: [200, running], [routes[call]!]: 'broken' })
      const why = {
        name: 'ContainerError',
        failure: 'unreachable',
        message: expect.stringContaining('has failed: ECONNRESET'),
      }
      await expect(calls[call]!(containers)).rejects.toMatchObject(why)
    },
  )

  test.each(Object.keys(calls))('to %s is told when the engine cannot', async (call) => {
    const containers = await asking({ [inspect]: [200, running], [routes[call]!]: [500, { message: 'no space left' }] })
    const why = { failure: 'failed', message: 'the container engine says 500: no space left' }
    await expect(calls[call]!(containers)).rejects.toMatchObject(why)
  })

  test('somebody else than an engine is told so', async () => {
    const containers = await asking({ 'GET /containers/json': [200, '<html>'] })
    const why = { failure: 'unreachable', message: expect.stringContaining('is no container engine: set DOCKER_HOST') }
    await expect(containers.list({})).rejects.toMatchObject(why)
  })

  test.each([
    ['EACCES', 'no permission to use the container engine at /socket (EACCES): join the group that owns it'],
    ['EPERM', 'no permission to use the container engine at /socket (EPERM): join the group that owns it'],
    ['EPIPE', 'the connection to the container engine at /socket has failed: EPIPE'],
  ])('is told what %s means', (code, message) => {
    const error = Object.assign(new Error('write'), { code })
    expect(connectionFailure(error, '/socket')).toMatchObject({ failure: 'unreachable', message })
  })

  test.each([
    ['start', `removing container ${id}: it is marked for removal and cannot be started`, 'busy'],
    ['remove', `removal of container ${id} is already in progress`, 'busy'],
    ['remove', 'something else', 'failed'],
    ['start', 'something else', 'failed'],
  ] as const)('to %s where that is refused because of "%s" is told: %s', async (call, message, failure) => {
    const containers = await asking({ [routes[call]!]: [409, { message }] })
    await expect(calls[call]!(containers)).rejects.toMatchObject({ failure })
  })

  test.each(['create', 'start', 'kill', 'remove', 'list', 'wait'])(
    'to %s is told after 30 s that there is no answer, and waits no longer',
    async (call) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      onTestFinished(() => void vi.useRealTimers())
      // Whoever waits for the end first looks whether there is one to come.
      const containers = await asking({ [call === 'wait' ? inspect : routes[call]!]: 'silent' })
      const said: unknown[] = []
      const asked = calls[call]!(containers).catch((error: unknown) => said.push(error))
      await until(() => vi.getTimerCount() === 1)
      vi.advanceTimersByTime(29_000)
      await setImmediate()
      expect(said).toEqual([])
      vi.advanceTimersByTime(1_000)
      await asked
      const message = 'the container engine has not answered in 30 s'
      expect(said).toMatchObject([{ name: 'ContainerError', failure: 'unreachable', message }])
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  test('for the end may wait as long as it takes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const containers = await asking({ [inspect]: [200, running], [routes.wait!]: 'silent' })
    const abort = new AbortController()
    const waiting = containers.wait(id, 1 as RunId, abort.signal)
    // Whether there is an end to come is known soon.
    await until(() => vi.getTimerCount() === 1)
    await until(() => vi.getTimerCount() === 0)
    vi.advanceTimersByTime(600_000)
    await setImmediate()
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  test('for the end is told when the engine has stopped to look', async () => {
    const answers = { [inspect]: [200, running], [routes.wait!]: [200, { StatusCode: -1 }] } as const
    await expect(calls.wait!(await asking(answers))).rejects.toMatchObject({ failure: 'unreachable' })
  })

  test('for the end is told it though the output is not to be had', async () => {
    const answers = { [inspect]: [200, running], [routes.wait!]: [200, { StatusCode: 3 }] } as const
    const logs = `GET /containers/${id}/logs`
    for (const answer of [[500], [409], 'broken'] as const) {
      expect(await calls.wait!(await asking({ ...answers, [logs]: answer }))).toBe(3)
    }
  })

  test('for the end asks for the output once more, since who follows it may be told too little', async () => {
    const frame = (text: string) => `\u0001\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`
    const outputs = [frame('one\n'), frame('one\n') + frame('two\n')]
    const { containers, files } = await portsBeside({
      [inspect]: [200, running],
      [routes.wait!]: [200, { StatusCode: 3 }],
      get [`GET /containers/${id}/logs`](): Answer {
        return [200, outputs.shift()]
      },
    })
    expect(await calls.wait!(containers)).toBe(3)
    expect(readFileSync(files.outputOf(1 as RunId), 'utf8')).toBe('one\ntwo\n')
    expect(outputs).toEqual([])
  })

  test('for the end is told it though the output never ends, or stops to ask', async () => {
    // given an engine that never ends the output of what has ended
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const logs = `GET /containers/${id}/logs`
    const containers = await asking({
      [inspect]: [200, running],
      [routes.wait!]: [200, { StatusCode: 3 }],
      [logs]: 'silent',
    })
    const abort = new AbortController()
    const wait = async () => {
      const waiting = containers.wait(id, 1 as RunId, abort.signal)
      await until(() => vi.getTimerCount() === 1)
      return { waiting }
    }
    // when nothing has come for a while, then the end is told
    const patient = await wait()
    vi.advanceTimersByTime(10_000)
    expect(await patient.waiting).toBe(3)
    // when nobody wants to know any more, then nothing is waited for either
    const aborted = await wait()
    abort.abort(new Error('enough'))
    await expect(aborted.waiting).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a list', () => {
  const listed = (State: string, Names = ['/other/alias', '/own']) => ({ Id: id, Names, Labels: { a: 'b' }, State })
  const ended = (Status: string) => ({ State: { Status, FinishedAt: '2026-01-01T00:00:00Z', ExitCode: 9 } })

  test.each([
    ['paused', running, 'running', null],
    ['restarting', running, 'running', null],
    ['dead', ended('dead'), 'exited', 9],
    ['removing', ended('removing'), 'removing', 9],
    ['exited', running, 'running', null],
    // A word of its own, in the list or at the closer look: nobody knows that it has ended.
    ['stopping', running, 'running', null],
    ['exited', ended('stopping'), 'running', null],
  ] as const)('tells of one that is %s', async (state, closer, told, exitCode) => {
    const containers = await asking({ [routes.list!]: [200, [listed(state)]], [inspect]: [200, closer] })
    expect(await containers.list({})).toEqual([{ id, name: 'own', labels: { a: 'b' }, state: told, exitCode }])
  })

  test('leaves out what has vanished before the closer look', async () => {
    const containers = await asking({
      [routes.list!]: [200, [listed('exited')]],
      [inspect]: [404, { message: 'No such container' }],
    })
    expect(await containers.list({})).toEqual([])
  })
})

/** What a server with these variables asks. */
function environed(variables: Readonly<Record<string, string>>): Containers {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  return hostHouse().ports.containers
}
