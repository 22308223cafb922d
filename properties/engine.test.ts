// The simulated engine, row by row of what the real one does. `npm run conformance -- --family engine` holds the two
// together.

import { describe, expect, test } from 'vitest'
import type { ContainerId } from '../src/model/ids.ts'
import type { ContainerSpec } from '../src/ports/index.ts'
import {
  atOnce,
  DAEMON_GRACE_MS,
  type EngineHooks,
  type Request,
  type SimContainer,
  SimEngine,
  type WaitAnswer,
  type WaitCondition,
} from '../src/sim/engine/engine.ts'

const IMAGE = 'app:1'

/** A world in which a container runs until it is told to end; `trap` ends with 0 on SIGTERM. */
function world() {
  const said: string[] = []
  const hooks: EngineHooks = {
    started: ({ spec }) => (spec.argv[0] === 'nope' ? 'missing' : spec.argv[0] === '/' ? 'not executable' : 'running'),
    signalled: (container, signal) => {
      said.push(`${container.spec.name} ${signal}`)
      if (signal === 'SIGKILL') engine.exited(container.id, 137)
      else if (signal === 'SIGTERM' && container.spec.argv[0] === 'trap') engine.exited(container.id, 0)
    },
    exited: ({ spec, exitCode }) => said.push(`${spec.name} exited ${exitCode}`),
    removed: ({ spec }) => said.push(`${spec.name} removed`),
  }
  const engine = new SimEngine([IMAGE], hooks)
  const create = (name: string, command = 'sleep', labels = {}) => engine.create(specOf(name, command, labels))
  const running = (name: string, command = 'sleep') => {
    create(name, command)
    expect(atOnce(engine.start(name))).toBe(204)
    return look(engine, name)
  }
  const waiter = (name: string, condition: WaitCondition = 'not-running') => {
    const answers: WaitAnswer[] = []
    engine.wait(name, condition, (answer) => answers.push(answer))
    return answers
  }
  return { engine, said, create, running, waiter }
}

function specOf(name: string, command: string, labels: Readonly<Record<string, string>>): ContainerSpec {
  return { name, image: IMAGE, argv: [command], environment: {}, directory: undefined, labels, binds: [] }
}

function look(engine: SimEngine, reference: string): SimContainer {
  const found = engine.inspect(reference)
  if (typeof found !== 'object') throw new Error(`no container ${reference}: ${found}`)
  return found
}

/** As far as to where nobody else may. */
function beginRemoval(engine: SimEngine, reference: string): void {
  const removal = engine.remove(reference, { force: true })
  removal.next()
  removal.next()
}

/** One step of each in turn, until all have answered. */
function together<Answer>(...requests: readonly Request<Answer>[]): Answer[] {
  const answers = new Map<number, Answer>()
  while (answers.size < requests.length) {
    for (const [at, request] of requests.entries()) {
      if (answers.has(at)) continue
      const { value, done } = request.next()
      if (done) answers.set(at, value)
    }
  }
  return requests.map((_, at) => answers.get(at)!)
}

describe('create', () => {
  test('C1: a name that is taken is 409, an unknown image 404, a bad name 400, and the image is looked at first', () => {
    const { engine, create } = world()
    expect(create('run-1').status).toBe(201)
    expect(create('run-1').status).toBe(409)
    expect(create('-').status).toBe(400)
    expect(create('x').status).toBe(400)
    expect(engine.create({ ...specOf('-', 'sleep', {}), image: 'other:1' }).status).toBe(404)
  })

  test('C1: a name that comes again has another id, and the old id is gone', () => {
    const { engine, create } = world()
    const first = create('run-1')
    atOnce(engine.remove('run-1', { force: false }))
    const second = create('run-1')
    if (first.status !== 201 || second.status !== 201) throw new Error('not created')
    expect(second.id).not.toBe(first.id)
    expect(engine.inspect(first.id)).toBe(404)
    expect(look(engine, 'run-1').id).toBe(second.id)
  })

  test('C5: the name is taken until the removal is complete', () => {
    const { engine, create } = world()
    create('run-1')
    const removal = engine.remove('run-1', { force: true })
    removal.next()
    removal.next()
    expect(look(engine, 'run-1').state).toBe('removing')
    expect(create('run-1').status).toBe(409)
    removal.next()
    expect(create('run-1').status).toBe(409)
    expect(removal.next()).toEqual({ value: 204, done: true })
    expect(create('run-1').status).toBe(201)
  })
})

describe('start', () => {
  test('C2: 204, then 304; what is unknown is 404', () => {
    const { engine, running } = world()
    expect(running('run-1').state).toBe('running')
    expect(atOnce(engine.start('run-1'))).toBe(304)
    expect(atOnce(engine.start('run-2'))).toBe(404)
  })

  test('C2: of three at once those that have looked in time are 204 as well', () => {
    const { engine, create } = world()
    create('run-1')
    expect(together(engine.start('run-1'), engine.start('run-1'), engine.start('run-1'))).toEqual([204, 204, 204])
    expect(look(engine, 'run-1').starts).toBe(1)
  })

  test.each([
    ['nope', 127],
    ['/', 126],
  ])('C2: %s cannot be executed: 400, %d, and it stays as it was created', (command, code) => {
    const { engine, create, waiter } = world()
    create('run-1', command)
    const next = waiter('run-1', 'next-exit')
    expect(atOnce(engine.start('run-1'))).toBe(400)
    expect(look(engine, 'run-1')).toMatchObject({ state: 'created', exitCode: code })
    expect([next, waiter('run-1')]).toEqual([[], [{ status: 200, code }]])
  })

  test('C2: a start clears the code of the last end', () => {
    const { engine, running } = world()
    const container = running('run-1')
    engine.exited(container.id, 3)
    expect(container).toMatchObject({ state: 'exited', exitCode: 3 })
    expect(atOnce(engine.start('run-1'))).toBe(204)
    expect(container).toMatchObject({ state: 'running', exitCode: 0, starts: 2 })
  })

  test('C2: what is being removed is not started, also by who has looked before', () => {
    const { engine, create } = world()
    create('run-1')
    const start = engine.start('run-1')
    start.next()
    beginRemoval(engine, 'run-1')
    expect(start.next()).toEqual({ value: 409, done: true })
    expect(atOnce(engine.start('run-1'))).toBe(409)
  })
})

describe('stop', () => {
  test('C3: what does not run is 304', () => {
    const { engine, create } = world()
    create('run-1')
    expect(atOnce(engine.stop('run-1', 10))).toBe(304)
  })

  test('C3: who handles SIGTERM ends with its own code, without the grace', () => {
    const { engine, running, said } = world()
    const container = running('run-1', 'trap')
    expect(atOnce(engine.stop('run-1', 10))).toBe(204)
    expect(container).toMatchObject({ state: 'exited', exitCode: 0 })
    expect(said).toEqual(['run-1 SIGTERM', 'run-1 exited 0'])
  })

  test('C3: who does not is killed after it, and who starts it meanwhile is told that it runs', () => {
    const { engine, running, said } = world()
    const container = running('run-1')
    const stop = engine.stop('run-1', 10)
    stop.next()
    const rest = stop.next().value
    expect(rest).toMatchObject({ atMostMs: 10 })
    expect((rest as { isOver(): boolean }).isOver()).toBe(false)
    expect(atOnce(engine.start('run-1'))).toBe(304)
    expect(atOnce(engine.remove('run-1', { force: false }))).toBe(409)
    stop.next()
    expect(stop.next()).toEqual({ value: 204, done: true })
    expect(container).toMatchObject({ state: 'exited', exitCode: 137 })
    expect(said).toEqual(['run-1 SIGTERM', 'run-1 SIGKILL', 'run-1 exited 137'])
  })

  test('C3: a removal by force ends a stop early', () => {
    const { engine, running } = world()
    running('run-1')
    const stop = engine.stop('run-1', 10)
    stop.next()
    stop.next()
    expect(atOnce(engine.remove('run-1', { force: true }))).toBe(204)
    expect(stop.next()).toEqual({ value: 204, done: true })
  })
})

describe('kill', () => {
  test('C4: an unknown signal is 400 before anything else; what does not run is 409', () => {
    const { engine, create } = world()
    expect(atOnce(engine.kill('run-1', 'NOPE'))).toBe(400)
    expect(atOnce(engine.kill('run-1', 'KILL'))).toBe(404)
    create('run-1')
    expect(atOnce(engine.kill('run-1', 'KILL'))).toBe(409)
  })

  test('C4: SIGKILL has ended it when the answer comes, and two at once are both 204', () => {
    const { engine, running } = world()
    const container = running('run-1')
    const [one, two] = [engine.kill('run-1', 'KILL'), engine.kill('run-1', 'SIGKILL')]
    one.next()
    expect(container).toMatchObject({ state: 'exited', exitCode: 137 })
    expect([one.next().value, two.next().value]).toEqual([204, 409])
  })

  test('C4: SIGTERM that nobody handles is 204 and changes nothing', () => {
    const { engine, running } = world()
    const container = running('run-1')
    expect(atOnce(engine.kill('run-1', 'TERM'))).toBe(204)
    expect(container.state).toBe('running')
  })
})

describe('remove', () => {
  test('C5: what runs is 409 without force, and goes on; what is gone is 404, with force as well', () => {
    const { engine, running } = world()
    const container = running('run-1')
    expect(atOnce(engine.remove('run-1', { force: false }))).toBe(409)
    expect(container.state).toBe('running')
    expect(atOnce(engine.remove('run-1', { force: true }))).toBe(204)
    expect(container).toMatchObject({ isGone: true, exitCode: 137 })
    expect(atOnce(engine.remove('run-1', { force: true }))).toBe(404)
  })

  test('C5: of several one is at work, and the others are refused at once', () => {
    const { engine, create } = world()
    create('run-1')
    const removals = [1, 2, 3].map(() => engine.remove('run-1', { force: true }))
    expect(together(...removals)).toEqual([204, 409, 409])
  })

  test('C5: two are 204 if the second has found it before the first was done, and looks again after that', () => {
    const { engine, create, said } = world()
    create('run-1')
    const second = engine.remove('run-1', { force: false })
    second.next()
    expect(atOnce(engine.remove('run-1', { force: false }))).toBe(204)
    expect(create('run-1').status).toBe(201)
    expect(atOnce(second)).toBe(204)
    expect([said, look(engine, 'run-1').state]).toEqual([['run-1 removed'], 'created'])
  })

  test('C5: meanwhile it can be looked at, waited for and stopped, but not killed', () => {
    const { engine, running, waiter } = world()
    const container = running('run-1')
    engine.exited(container.id, 3)
    beginRemoval(engine, 'run-1')
    expect(look(engine, 'run-1').state).toBe('removing')
    expect(waiter('run-1')).toEqual([{ status: 200, code: 3 }])
    expect(atOnce(engine.stop('run-1', 10))).toBe(304)
    expect(atOnce(engine.kill('run-1', 'KILL'))).toBe(409)
  })
})

describe('wait', () => {
  test('C6: what was never started is 0 at once, what has exited its code, what is gone 404', () => {
    const { engine, create, running, waiter } = world()
    create('run-1')
    engine.exited(running('run-2').id, 5)
    expect([waiter('run-1'), waiter('run-2'), waiter('run-3')]).toEqual([
      [{ status: 200, code: 0 }],
      [{ status: 200, code: 5 }],
      [{ status: 404 }],
    ])
  })

  test.each(['not-running', 'next-exit', 'removed'] as const)(
    'C6: a removal by force ends a wait for %s',
    (condition) => {
      const { engine, running, waiter } = world()
      running('run-1')
      const answers = waiter('run-1', condition)
      expect(answers).toEqual([])
      atOnce(engine.remove('run-1', { force: true }))
      expect(answers).toEqual([{ status: 200, code: 137 }])
    },
  )

  test('C6: an end is told to those who wait for it, and not to those who wait for the removal', () => {
    const { engine, running, waiter } = world()
    const { id } = running('run-1')
    const [next, removed] = [waiter('run-1', 'next-exit'), waiter('run-1', 'removed')]
    engine.exited(id, 3)
    atOnce(engine.start('run-1'))
    expect([next, removed]).toEqual([[{ status: 200, code: 3 }], []])
  })

  test('C6: who waits for the next end of what was never started learns of its removal', () => {
    const { engine, create, waiter } = world()
    create('run-1')
    const next = waiter('run-1', 'next-exit')
    atOnce(engine.remove('run-1', { force: false }))
    expect(next).toEqual([{ status: 200, code: 0 }])
  })
})

test('a list is by labels, in the order of creation', () => {
  const { engine, create } = world()
  create('run-2', 'sleep', { of: 'one', run: '2' })
  create('run-1', 'sleep', { of: 'one', run: '1' })
  create('run-3', 'sleep', { of: 'other' })
  const names = (labels: Readonly<Record<string, string>>) => {
    const listed = engine.list(labels)
    return listed === 'unreachable' ? listed : listed.map(({ spec }) => spec.name)
  }
  expect(names({ of: 'one' })).toEqual(['run-2', 'run-1'])
  expect(names({ of: 'one', run: '1' })).toEqual(['run-1'])
  expect(names({})).toEqual(['run-2', 'run-1', 'run-3'])
})

describe('the daemon', () => {
  test('C15: ended by SIGTERM it ends its containers first, and tells those who wait for that', () => {
    const { engine, running, create, waiter, said } = world()
    create('run-1')
    const [trap, sleep] = [running('run-2', 'trap'), running('run-3')]
    const [never, ended] = [waiter('run-1', 'next-exit'), waiter('run-3')]
    const death = engine.dieByTerm()
    expect(death.next().value).toMatchObject({ atMostMs: DAEMON_GRACE_MS })
    expect([trap.state, sleep.state, engine.phase]).toEqual(['exited', 'running', 'leaving'])
    expect(engine.create(specOf('run-4', 'sleep', {})).status).toBe('unreachable')
    death.next()
    expect(death.next().done).toBe(true)
    expect([engine.phase, trap.exitCode, sleep.exitCode]).toEqual(['down', 0, 137])
    expect(said.at(-2)).toBe('run-3 SIGKILL')
    expect([never, ended]).toEqual([[{ status: 'unreachable' }], [{ status: 200, code: 137 }]])
    atOnce(engine.rise())
    expect([trap, sleep, look(engine, 'run-1')].map(({ state }) => state)).toEqual(['exited', 'exited', 'created'])
  })

  test('C16: killed it leaves them running, and the next one ends those that still do', () => {
    const { engine, running, waiter, said } = world()
    const [one, two] = [running('run-1'), running('run-2')]
    const answers = waiter('run-1')
    engine.dieByKill()
    expect([answers, engine.inspect('run-1')]).toEqual([[{ status: 'unreachable' }], 'unreachable'])
    engine.exited(one.id, 5)
    expect([said, one.state]).toEqual([[], 'running'])
    const rise = engine.rise()
    rise.next()
    expect([engine.phase, one.state, one.exitCode, two.state]).toEqual(['rising', 'exited', 5, 'running'])
    rise.next()
    rise.next()
    expect([engine.phase, two.state, two.exitCode]).toEqual(['up', 'exited', 137])
  })

  test('C16: what was asked of the one that died is never answered', () => {
    const { engine, create, running } = world()
    create('run-1')
    running('run-2')
    const requests = [engine.start('run-1'), engine.remove('run-2', { force: true }), engine.stop('run-2', 10)]
    for (const request of requests) request.next()
    engine.dieByKill()
    expect(requests.map((request) => request.next().value)).toEqual(['unreachable', 'unreachable', 'unreachable'])
    const rise = engine.rise()
    for (let steps = 0; steps < 3; steps++) rise.next()
    expect([look(engine, 'run-1').state, look(engine, 'run-2').state]).toEqual(['created', 'exited'])
    expect(atOnce(engine.remove('run-2', { force: false }))).toBe(204)
  })

  test('C16: killed again while it rises, it begins anew', () => {
    const { engine, running } = world()
    const container = running('run-1')
    engine.dieByKill()
    const first = engine.rise()
    first.next()
    engine.dieByKill()
    expect(first.next().done).toBe(true)
    expect([engine.phase, container.state]).toEqual(['down', 'running'])
    const second = engine.rise()
    for (let steps = 0; steps < 3; steps++) second.next()
    expect([engine.phase, container.exitCode]).toEqual(['up', 137])
  })
})

describe('what only a mistake of the world can ask for throws', () => {
  test('the end of what does not run', () => {
    const { engine, running } = world()
    const { id } = running('run-1')
    engine.dieByKill()
    engine.exited(id, 0)
    expect(() => engine.exited(id, 0)).toThrow(`container ${id} does not run`)
    expect(() => engine.exited('nobody' as ContainerId, 0)).toThrow('container nobody does not run')
  })

  test('a second death, or a rise of what is up', () => {
    const { engine } = world()
    expect(() => engine.rise().next()).toThrow('there is a daemon, which is up')
    engine.dieByKill()
    expect(() => engine.dieByKill()).toThrow('the daemon is down already')
    expect(() => engine.dieByTerm().next()).toThrow('the daemon is down, and cannot be asked to end')
  })

  test('an answer at once where somebody has to end first', () => {
    const { engine, running } = world()
    running('run-1')
    expect(() => atOnce(engine.stop('run-1', 10))).toThrow('has to wait for the end of a container')
  })
})
