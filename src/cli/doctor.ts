/** `strandline doctor`: is this machine, and is this subject, fit for simulation? */
import type { Command } from 'commander'
import { count } from '../report/index.ts'
import {
  type Check,
  guardIsUp,
  hashInProcess,
  hashInThread,
  hashUnderLoad,
  nodeIsRecent,
  promisesSettle,
} from './checks.ts'
import { hashOf } from './hashOf.ts'
import { scenariosFrom, scenariosOption, seedOption } from './options.ts'
import { type Plan, planOf } from './plan.ts'
import { progressBar } from './progress.ts'
import { type Seed, seedFrom, seedWords } from './seed.ts'
import { targetOf } from './target.ts'
import { paint, print } from './terminal.ts'
import { exitCodes } from './usage.ts'

const SCENARIOS = 200
/** As far from most people's settings as can be. */
const elsewhere = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }

interface DoctorFlags {
  readonly seed?: string
  readonly scenarios?: number
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check that this machine and a subject are deterministic: equal seeds, equal runs, wherever they are played',
    )
    .argument('[subject]', 'what is checked')
    .addOption(seedOption())
    .addOption(scenariosOption(SCENARIOS))
    .addHelpText('after', '\nExit code: 0 all is well, 2 wrong usage, 3 something is not deterministic.')
    .action(async (subject: string | undefined, flags: DoctorFlags) => {
      const seed = seedFrom(flags.seed)
      process.exitCode = await doctor(planFor(subject, flags, seed), seed)
    })
  // For the check in another process: prints the hash of a campaign and nothing else.
  program
    .command('campaign-hash', { hidden: true })
    .argument('<subject>')
    .addOption(seedOption())
    .addOption(scenariosOption(SCENARIOS))
    .action(async (subject: string, flags: DoctorFlags) => {
      print(String(await hashOf(planFor(subject, flags, seedFrom(flags.seed)))))
    })
}

function planFor(subject: string | undefined, { scenarios }: DoctorFlags, seed: Seed): Plan {
  const draw = { seed: seed.text, family: undefined, strategy: undefined }
  return planOf(targetOf(subject, undefined), draw, scenariosFrom(scenarios, SCENARIOS), 'never')
}

async function doctor(plan: Plan, seed: Seed): Promise<number> {
  const { subject, scenarios } = plan
  print(`examining ${subject}: ${count(scenarios)} scenarios, ${seedWords(seed)}`)
  let first: number | undefined
  const same = (play: (plan: Plan) => Promise<number>): Check => {
    return async () => {
      const hash = await play(plan)
      first ??= hash
      if (hash === first) return `hash ${hash.toString(36)}`
      throw new Error(`hash ${hash.toString(36)}, not ${first.toString(36)}`)
    }
  }
  const checks: Readonly<Record<string, Check>> = {
    'this Node.js is recent enough': nodeIsRecent,
    'promises can be settled synchronously': promisesSettle,
    'a run cannot reach the real machine': guardIsUp,
    'the scenarios, played here': same(hashOf),
    'the same, a second time': same(hashOf),
    'the same, in a worker thread': same(hashInThread),
    'the same, in another process': same((plan) => hashInProcess(plan)),
    'the same, in another time zone and language': same((plan) => hashInProcess(plan, elsewhere)),
    'the same, while the processor is busy': same(hashUnderLoad),
  }
  const width = Math.max(...Object.keys(checks).map((name) => name.length))
  let failed = 0
  const bar = progressBar('examining', Object.keys(checks).length)
  for (const [at, [name, check]] of Object.entries(checks).entries()) {
    bar.update(at, name)
    const line = await check().then(
      (words) => `  ${paint('green', 'ok  ')}  ${name.padEnd(width)}  ${paint('dim', words)}`,
      (error: Error) => {
        failed++
        return `  ${paint('red', 'FAIL')}  ${name.padEnd(width)}  ${error.message.split('\n', 1)[0]}`
      },
    )
    print(line)
  }
  bar.stop()
  if (failed === 0) print(`all is well: what ${subject} does depends on the seed alone`)
  else print(`${failed} of ${Object.keys(checks).length} checks failed: what is found here need not happen again`)
  return failed === 0 ? exitCodes.clean : exitCodes.notDeterministic
}
