/** Does the explorer still find what it should? One that has stopped finding looks just like correct code. */
import { runCampaign } from '../explore/index.ts'
import { count, table } from '../report/index.ts'
import { Failed } from './checks.ts'
import { defectsOf } from './target.ts'

const CANARY = 'canary'
/** More than ten times what the rarest of them takes on average. */
const SCENARIOS_MAX = 5_000
/** A seed of its own: whether this passes is up to the code alone. */
const SEED = 'canary'

/** Throws Failed if one of the canary's mistakes is not found. */
export async function findsCanaries(scenariosMax = SCENARIOS_MAX): Promise<string> {
  const rows: [name: string, scenarios: number | undefined][] = []
  for (const { name, family, breaks, mutant } of defectsOf(CANARY)) {
    let found = false
    const { scenarios } = await runCampaign(mutant, {
      seed: SEED,
      family,
      strategy: undefined,
      scenarios: scenariosMax,
      onRun: (_, { failures }) => {
        found = failures.some(({ invariant }) => breaks.includes(invariant))
        return found
      },
    })
    rows.push([name, found ? scenarios : undefined])
  }
  const missed = rows.filter(([, scenarios]) => scenarios === undefined).map(([name]) => name)
  const shown = rows.map(([name, scenarios]) => [name, scenarios === undefined ? 'never' : count(scenarios)])
  const details = table(shown, ['left', 'right'])
  if (missed.length > 0) throw new Failed(`not in ${count(scenariosMax)} scenarios: ${missed.join(', ')}`, details)
  return [`${rows.length} kinds of mistake, each found after so many scenarios:`, ...details].join('\n')
}
