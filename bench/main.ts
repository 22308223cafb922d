/**
 * `npm run bench`: how fast the parts are beside what they consist of, and how often the orchestrator and its defects strand
 * a job. A number of one machine under one load says little: read the ratios, the medians and the spread.
 *
 *   npm run bench -- [--micro] [--strands] [--scenarios N] [--seeds N] [--only NAME]
 */
import { micro } from './micro.ts'
import { options } from './options.ts'
import { storeVerbs } from './storeVerbs.ts'
import { strands } from './strands.ts'

const { parts, scenarios, seeds, only } = options()
console.log(`node ${process.version}, ${process.platform} ${process.arch}`)
if (parts.micro) {
  await micro()
  await storeVerbs()
}
if (parts.strands) await strands({ scenarios, seeds, only })
