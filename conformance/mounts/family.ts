/** Files and mounts: the simulated ones beside those of the real kernel. */
import { statSync } from 'node:fs'
import { release } from 'node:os'
import { resolve } from 'node:path'
import { UsageError } from '../../src/cli/usage.ts'
import { FileSystem } from '../../src/sim/files/index.ts'
import type { Comparison, Family, Outcome, Skipped } from '../family.ts'
import { Helper } from '../kernel/helper.ts'
import { mistakes } from './mistakes.ts'
import type { Op } from './operation.ts'
import { filesWith } from './plantedFiles.ts'
import { sequences } from './sequences.ts'
import { settled } from './settled.ts'
import { type Act, type Machine, Simulated } from './simulated.ts'

const DIRECTORY = 'STRANDLINE_CONFORMANCE_DIRECTORY'

export const mounts: Family<Op> = {
  name: 'mounts',
  real: 'kernel',
  operations: 100_000,
  legend: 'workers 0 to 3 stand for processes, 3 for one of another user where this runs as root; #n: an inode',
  async open(): Promise<Comparison<Op> | Skipped> {
    const directory = directoryFromEnvironment()
    const helper = await Helper.start(['mounts.c', 'mountsCalls.c'], ...(directory === undefined ? [] : [directory]))
    if (!(helper instanceof Helper)) return helper
    const machine = { isRoot: helper.traits[0] === 'root', isNumbered: directory === undefined }
    const rights = machine.isRoot ? 'as root' : 'without root, in a user namespace'
    const comparing = (Files: typeof FileSystem) => (ops: readonly Op[]) => compare(ops, Files, machine, helper)
    return {
      machine: `Linux ${release()}, ${directory ?? 'tmpfs'}, ${rights}`,
      sequences,
      settled,
      planted: () => mistakes.map((mistake) => ({ story: mistake.story, compare: comparing(filesWith([mistake])) })),
      compare: comparing(FileSystem),
      close: () => helper.stop(),
    }
  },
}

/** Where another file system than a tmpfs is to be compared. Throws UsageError if it is none. */
function directoryFromEnvironment(): string | undefined {
  const given = process.env[DIRECTORY]?.trim() ?? ''
  if (given === '') return undefined
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory() === true) return resolve(given)
  throw new UsageError(`${DIRECTORY} must name a directory that exists, not "${given}"`)
}

async function compare(
  ops: readonly Op[],
  Files: typeof FileSystem,
  machine: Machine,
  helper: Helper,
): Promise<Outcome> {
  const acts = simulate(ops, Files, machine)
  const answers = await helper.run(acts.flatMap(({ command }) => (command === '' ? [] : [command])))
  const rows = acts.map(({ words, answer }, at) => ({ operation: words, simulated: answer, real: answers[at] ?? '' }))
  const first = rows.findIndex(({ simulated, real }) => simulated !== real)
  return { operations: rows.length, divergence: first < 0 ? undefined : rows.slice(0, first + 1) }
}

function simulate(ops: readonly Op[], Files: typeof FileSystem, machine: Machine): Act[] {
  const simulated = new Simulated(Files, machine)
  const acts: Act[] = []
  try {
    for (const op of ops) {
      const act = simulated.act(op)
      if (act !== undefined) acts.push(act)
    }
    acts.push(...simulated.census())
  } catch (error) {
    // Only files with a mistake in them can come to such a state.
    acts.push({ words: 'the next operation', command: '', answer: String(error) })
  }
  return acts
}
