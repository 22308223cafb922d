/** The parts of the simulator by themselves: the loop, a draw, the process table, a whole run. */
import { type Drawn, drawScenario, newStrategy, play } from '../src/explore/index.ts'
import { Choices, Loop, label, type Operation, ProcessTable, type Strategy } from '../src/sim/index.ts'
import type { OrchestratorCommand } from '../src/subjects/orchestrator/command.ts'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'
import { big, heading, micros, printTable, spreadOf } from './format.ts'
import { type Measured, measureSync } from './measure.ts'

const EVENTS = 5_000
const DRAWS = 1_000
const PROCESSES = 50
const SCENARIOS = 60

const tick = label('tick')
const purpose = label('purpose')
const window = { earliestUs: 50, typicalUs: 100, latestUs: 400 }

export async function micro(): Promise<void> {
  await loop()
  await draw()
  await processTable()
  await scenario()
}

/** Each task's operation sets off the next one of its chain. */
function turn(tasks: number, strategy: Strategy | undefined): Loop {
  const loop = new Loop(new Choices({ kind: 'seed', seed: 1 }), strategy)
  const next = () => {
    loop.issue(loop.successor(tick), tick, window, next)
  }
  for (let task = 0; task < tasks; task++) loop.issue(loop.root(`task${task}`), tick, window, next)
  for (let event = 0; event < EVENTS; event++) loop.step()
  return loop
}

async function loop(): Promise<void> {
  heading('the bare loop: events that set off the next, each followed by a drain of all microtasks')
  const walk = () => newStrategy('random', 1, EVENTS)
  const measured = await measureSync({
    'calm, 10 tasks': () => turn(10, undefined),
    'calm, 100 tasks': () => turn(100, undefined),
    'random walk, 10 tasks': () => turn(10, walk()),
    'random walk, 100 tasks': () => turn(100, walk()),
  })
  const [calm] = measured
  const ratio = (one: Measured) => (one.medianNs / calm!.medianNs).toFixed(2)
  const rows = measured.map((one) => [one.name, `${big((EVENTS * 1e9) / one.medianNs)}/s`, spreadOf(one), ratio(one)])
  printTable(['', 'events', 'spread', 'cost beside calm, 10'], rows)
}

async function draw(): Promise<void> {
  heading('a keyed draw: a hash of the seed and the key, beside the generator of the platform')
  const choices = new Choices({ kind: 'seed', seed: 1 })
  const loop = new Loop(choices, undefined)
  const owners: Operation[] = []
  for (let n = 0; n < 100; n++) owners.push(loop.issue(loop.root(`c${n}`), tick, window, () => undefined))
  let sum = 0
  const measured = await measureSync({
    'Math.random': () => {
      for (let n = 0; n < DRAWS; n++) sum += Math.random()
    },
    'bits of a key': () => {
      for (let n = 0; n < DRAWS; n++) sum += choices.bits(owners[n % 100]!, purpose)
    },
    'a fault that does not strike': () => {
      for (let n = 0; n < DRAWS; n++) if (choices.strikes(owners[n % 100]!, purpose, 1e-9)) sum++
    },
  })
  if (Number.isNaN(sum)) throw new Error('nothing was drawn')
  const [platform] = measured
  const rows = measured.map((one) => [
    one.name,
    `${big((DRAWS * 1e9) / one.medianNs)}/s`,
    spreadOf(one),
    (one.medianNs / platform!.medianNs).toFixed(2),
  ])
  printTable(['', 'draws', 'spread', 'cost beside Math.random'], rows)
}

/** Under a server as it is in a run: a parent that spawns children, which end and are reaped. */
async function processTable(): Promise<void> {
  heading(`the process table: spawn, exit and reap of ${PROCESSES} processes`)
  const table = new ProcessTable()
  const open = (pidMax: number) => table.openNamespace({ initReaps: true, initUid: 0, nowUs: 0, pidMax })
  const breathe = (pidMax: number) => {
    const ns = open(pidMax)
    const birth = { ns, parent: ns.init, ownGroup: true, uid: 0, env: {}, label: 'child', nowUs: 0 }
    return () => {
      for (let n = 0; n < PROCESSES; n++) {
        const child = table.spawn(birth)
        if (typeof child === 'string') throw new Error(child)
        table.exit(child, { code: 0, signal: null })
        table.reap(ns.init!)
      }
    }
  }
  const measured = await measureSync({ 'pids up to 32,768': breathe(32_768), 'pids up to 24, reused': breathe(24) })
  const rows = measured.map((one) => [one.name, `${big((PROCESSES * 1e9) / one.medianNs)}/s`, spreadOf(one)])
  printTable(['', 'processes', 'spread'], rows)
}

async function scenario(): Promise<void> {
  heading('whole runs of the orchestrator, from boot to quiescence; the spread is that of the scenarios')
  const rows: string[][] = []
  for (const family of Object.keys(orchestrator.families)) {
    const drawn: Drawn<OrchestratorCommand>[] = []
    for (let index = 0; index < SCENARIOS; index++)
      drawn.push(drawScenario(orchestrator, { seed: 'bench', family, strategy: undefined }, index))
    let at = 0
    let steps = 0
    let runs = 0
    const [one] = await measureSync({
      [family]: () => {
        steps += play(orchestrator, drawn[at++ % SCENARIOS]!).steps
        runs++
      },
    })
    rows.push([
      family,
      `${big(1e9 / one!.medianNs)}/s`,
      spreadOf(one!),
      big(steps / runs),
      micros((one!.meanNs * runs) / steps),
    ])
  }
  printTable(['', 'scenarios', 'spread', 'steps each', 'per step'], rows)
}
