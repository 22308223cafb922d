/**
 * Hunts in a subject without the command line: plays scenarios, makes the first failure small, replays it and tells it.
 * Called as `npx node docs/examples/hunt.ts [seed]`.
 */
import {
  exactInterval,
  fromMacrotask,
  play,
  recordSource,
  runCampaign,
  type Subject,
  shrink,
  simulate,
  tokenOf,
} from '../../src/index.ts'
import sound from './outboxSubject.ts'

async function hunt<C>(subject: Subject<C>, seed: string, scenarios: number, defect?: string): Promise<void> {
  let failed: Parameters<typeof play<C>>[1] | undefined
  const campaign = await runCampaign(subject, {
    seed,
    scenarios,
    family: undefined,
    strategy: undefined,
    onRun: (drawn, run) => {
      if (run.failures.length > 0) failed = drawn as typeof failed
      return failed !== undefined
    },
  })
  if (failed === undefined) {
    const { high } = exactInterval(0, campaign.scenarios)
    console.log(`nothing in ${campaign.scenarios} scenarios: below ${(1000 * high).toFixed(2)} per thousand (95 %)`)
    return
  }
  const drawn = failed
  const small = await fromMacrotask(() => {
    const run = play(subject, drawn)
    return shrink(subject, run.scenario, run.choices(), run.failures[0]!.invariant)
  })
  const { scenario, choices } = small
  const run = await simulate(subject, scenario, { choices: recordSource(choices), telling: true })
  for (const { atUs, actor, text } of run.told)
    console.log(`${(atUs / 1e6).toFixed(3).padStart(8)} s  ${actor}: ${text}`)
  console.log(await fromMacrotask(() => tokenOf(subject, small.run, defect)))
}

const seed = process.argv[2] ?? process.env.STRANDLINE_SEED ?? '1'
console.log('An outbox that forgets what it was sending:')
await hunt(sound.defects!.forgetful!.mutant, seed, 2_000, 'forgetful')
console.log('The same with recovery:')
await hunt(sound, seed, 2_000)
