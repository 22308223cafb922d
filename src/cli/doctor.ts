/** `strandline doctor`: is this machine, and is this subject, fit for simulation? */
import type { Command } from 'commander'
import { count } from '../report/index.ts'
import { findsCanaries } from './canaries.ts'
import { type Check, Failed, guardIsUp, nodeIsRecent, promisesSettle } from './checks.ts'
import { Comparison, noTouch } from './comparison.ts'
import { scenariosFrom, scenariosOption, seedOption } from './options.ts'
import { here, places, REHEARSE } from './place.ts'
import { progressBar } from './progress.ts'
import { type Order, orders, type Rehearsal, type Rehearsed, rehearse } from './rehearsal.ts'
import { type Seed, seedFrom, seedWords } from './seed.ts'
import { targetOf } from './target.ts'
import { paint, print, printJson } from './terminal.ts'
import { exitCodes } from './usage.ts'

const SCENARIOS = 200
const INDENT = ' '.repeat(8)

interface DoctorFlags {
  readonly seed?: string
  readonly scenarios?: number
}

interface RehearseFlags extends DoctorFlags {
  readonly order: Order
  readonly recorded?: string
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check that this machine and a subject are deterministic: equal seeds, equal runs, wherever they are played',
    )
    .argument('[subject]', "what is checked: a name, or the path of a subject's module")
    .addOption(seedOption())
    .addOption(scenariosOption(SCENARIOS))
    .addHelpText('after', '\nExit code: 0 all is well, 2 wrong usage, 3 a check failed.')
    .action(async (subject: string | undefined, flags: DoctorFlags) => {
      const seed = seedFrom(flags.seed)
      process.exitCode = await doctor(rehearsalOf(subject, flags, seed), seed)
    })
  // For the checks in another process: answers with the hash of each scenario, and the steps of one.
  program
    .command(REHEARSE, { hidden: true })
    .argument('<subject>')
    .addOption(seedOption())
    .addOption(scenariosOption(SCENARIOS))
    .option('--order <order>', '', orders[0])
    .option('--recorded <index>')
    .action(async (subject: string, { order, recorded, ...flags }: RehearseFlags) => {
      const rehearsal = rehearsalOf(subject, flags, seedFrom(flags.seed))
      const index = recorded === undefined ? undefined : Number(recorded)
      const rehearsed = await rehearse({ ...rehearsal, order, recorded: index })
      if (process.send === undefined) printJson(rehearsed)
      // What the subject has left in the real event loop must not keep the process.
      else process.send(rehearsed, () => process.exit())
    })
}

function rehearsalOf(name: string | undefined, { scenarios }: DoctorFlags, { text: seed }: Seed): Rehearsal {
  const { subject, defect } = targetOf(name, undefined)
  return {
    subject,
    defect,
    seed,
    scenarios: scenariosFrom(scenarios, SCENARIOS),
    order: 'forwards',
    recorded: undefined,
  }
}

async function doctor(rehearsal: Rehearsal, seed: Seed): Promise<number> {
  const { subject, scenarios } = rehearsal
  print(`examining ${subject}: ${count(scenarios)} scenarios, ${seedWords(seed)}`)
  const comparison = new Comparison(rehearsal, here, paint)
  let first: Rehearsed | undefined
  const playedHere = async () => {
    first ??= await here.play(rehearsal)
    return first
  }
  const checks: Readonly<Record<string, Check>> = {
    'this Node.js is recent enough': nodeIsRecent,
    'promises can be settled synchronously': promisesSettle,
    'a run cannot reach the real machine': guardIsUp,
    'the scenarios, played here': async () => noTouch(await playedHere()),
    ...Object.fromEntries(
      places.map((place) => [`the same, ${place.name}`, async () => comparison.with(place, await playedHere())]),
    ),
    'the explorer finds what it should': () => findsCanaries(),
  }
  const width = Math.max(...Object.keys(checks).map((name) => name.length))
  let failed = 0
  const bar = progressBar('examining', Object.keys(checks).length)
  for (const [at, [name, check]] of Object.entries(checks).entries()) {
    bar.update(at, name)
    const lines = await check().then(
      (words) => {
        const [first = '', ...more] = words.split('\n').map((line) => paint('dim', line))
        return [`  ${paint('green', 'ok  ')}  ${name.padEnd(width)}  ${first}`, ...more.map((line) => INDENT + line)]
      },
      (error: Error) => {
        failed++
        const [sentence] = error.message.split('\n', 1)
        const details = error instanceof Failed ? error.details : []
        const indented = details.map((line) => (line === '' ? '' : INDENT + line))
        return [`  ${paint('red', 'FAIL')}  ${name.padEnd(width)}  ${sentence}`, ...indented]
      },
    )
    print(...lines)
  }
  bar.stop()
  if (failed === 0) print(`all is well: what ${subject} does depends on the seed alone`)
  else print(`${failed} of ${Object.keys(checks).length} checks failed: what is found or not found here says little`)
  return failed === 0 ? exitCodes.clean : exitCodes.notDeterministic
}
