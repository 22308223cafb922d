/** Processes: the simulated table beside the pid namespaces of the real kernel. */
import { release } from 'node:os'
import { ProcessTable } from '../../src/sim/processTable.ts'
import type { Comparison, Family, Outcome, Skipped } from '../family.ts'
import { Kernel } from '../kernel/kernel.ts'
import { visibleMistakes } from './mistakes.ts'
import { type Op, sequences } from './operation.ts'
import { tableWith } from './plantedTable.ts'
import { settled } from './settled.ts'
import { Simulated } from './simulated.ts'

export const processes: Family<Op> = {
  name: 'processes',
  real: 'kernel',
  operations: 30_000,
  legend: '#n is the nth process that was born: its state, pid/parent/group/session, how it ended, + what is pending',
  async open(): Promise<Comparison<Op> | Skipped> {
    const kernel = await Kernel.start()
    if ('skipped' in kernel) return kernel
    const rights = kernel.machine.isRoot ? 'as root' : 'without root, in a user namespace'
    return {
      machine: `Linux ${release()}, ${rights}`,
      sequences,
      settled,
      planted: () =>
        visibleMistakes.map((mistake) => {
          const Table = tableWith([mistake])
          return { story: mistake.story, compare: (ops) => compare(ops, Table, kernel) }
        }),
      compare: (ops) => compare(ops, ProcessTable, kernel),
      close: () => kernel.stop(),
    }
  },
}

/** One sequence on both sides, with the table given. */
async function compare(ops: readonly Op[], Table: typeof ProcessTable, kernel: Kernel): Promise<Outcome> {
  const acts = simulate(ops, Table, kernel)
  const commands = acts.flatMap(({ command }) => (command === '' ? [] : [command]))
  const answers = await kernel.run(commands)
  const rows = acts.map(({ words, answer }, at) => ({ operation: words, simulated: answer, real: answers[at] ?? '' }))
  const first = rows.findIndex(({ simulated, real }) => simulated !== real)
  return { operations: rows.length, divergence: first < 0 ? undefined : rows.slice(0, first + 1) }
}

interface Said {
  readonly words: string
  readonly command: string
  readonly answer: string
}

function simulate(ops: readonly Op[], Table: typeof ProcessTable, kernel: Kernel): Said[] {
  const simulated = new Simulated(Table, kernel.machine)
  const acts: Said[] = []
  try {
    for (const op of ops) {
      const act = simulated.act(op)
      if (act === undefined) continue
      // Neither side promises how this one ends, nor then what the following ones find.
      if (simulated.isOpen) return acts
      acts.push(act)
    }
    acts.push(...simulated.census())
  } catch (error) {
    // Only a table with a mistake in it refuses what it has just said is possible.
    acts.push({ words: 'the next operation', command: '', answer: String(error) })
  }
  return acts
}
