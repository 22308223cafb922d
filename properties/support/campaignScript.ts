/** Plays a campaign on the toy in a process of its own and prints its hash: argv is seed, first, scenarios. */
import { runCampaign } from '../../src/explore/index.ts'
import { toy } from '../../src/subjects/toy/toy.ts'

const [seed, first, scenarios] = process.argv.slice(2)
const draw = { seed: seed!, family: undefined, strategy: undefined }
const { hash, steps } = await runCampaign(toy, { ...draw, first: Number(first), scenarios: Number(scenarios) })
process.stdout.write(`${hash} ${steps}`)
