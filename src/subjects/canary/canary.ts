/**
 * The canary: tiny systems, each with one mistake that can be made in it, from one order that matters to a crash at the
 * wrong moment. As they are they break nothing. With a mistake each shows what an explorer must be able to find: one that
 * has stopped finding looks just like correct code.
 */
import { type Defect, defineSubject, type Subject } from '../../explore/index.ts'
import { Bench, prepare } from './bench.ts'
import { familyOf, makeNoise, type Noise, noiseCells, type Task } from './families.ts'
import { invariantOf, unfinishedOf } from './rules.ts'
import type { System, Tasks } from './system.ts'
import { systems } from './systems/index.ts'

const byName: Readonly<Record<string, System>> = Object.fromEntries(systems.map((system) => [system.name, system]))

function canaryWith(flawed: System | undefined, defects?: Readonly<Record<string, Defect<Task>>>): Subject<Task> {
  return defineSubject<Task>({
    name: 'canary',
    families: Object.fromEntries(systems.map((system) => [system.name, familyOf(system)])),
    imageKey: 'canary',
    prepare,
    schema: { references: [], owned: [], live: () => false },
    boot: async ({ life: { ports }, view }) => {
      const system = byName[String(view.settings.system)]!
      const cells = { ...system.cells, ...noiseCells }
      const tasks: Tasks<string> = system === flawed ? system.flawed : system.sound
      return {
        carry: async (task, id) => {
          const work = task.kind === 'noise' ? makeNoise(task as Noise) : tasks[task.kind]!
          await work(new Bench(ports, cells, id))
        },
      }
    },
    program: () => undefined,
    invariants: systems.flatMap((system) => invariantOf(system) ?? []),
    unfinished: (view) => unfinishedOf(byName[String(view.settings.system)]!, view),
    due: () => undefined,
    idle: () => false,
    settleRounds: () => 0,
    describe: ({ table, id, after }) => {
      if (after === undefined) return undefined
      return { about: [`${table}:${id}`, `command:${after.writer}`], text: `${after.name} is ${after.value}` }
    },
    ...(defects === undefined ? {} : { defects }),
  })
}

function defectOf(system: System): Defect<Task> {
  const { name, mistake, rule } = system
  return { name, incident: 'canary', family: name, breaks: [rule.name], story: mistake, mutant: canaryWith(system) }
}

export const canary = canaryWith(
  undefined,
  Object.fromEntries(systems.map((system) => [system.name, defectOf(system)])),
)
