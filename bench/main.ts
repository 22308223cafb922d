/**
 * `npm run bench`: how fast the parts are beside what they consist of, and how often the orchestrator and its defects strand
 * a job. A number of one machine under one load says little: read the ratios, the medians and the spread.
 *
 *   npm run bench -- [--micro] [--strands] [--speed] [--jobs] [--scenarios N] [--seeds N] [--only NAME]
 *   npm run -s bench -- --strategies [--mix] [--scenarios N] [--seeds N] [--only NAME] [--shard I/N] > cells.jsonl
 *   npm run -s bench -- --shrinking [--seeds N] [--only NAME] [--shard I/N] > shrunk.jsonl
 *   node bench/tables.ts cells.jsonl …
 */
import { jobs } from './jobs.ts'
import { micro } from './micro.ts'
import { options } from './options.ts'
import { shrinking } from './shrinking.ts'
import { speed } from './speed.ts'
import { storeVerbs } from './storeVerbs.ts'
import { strands } from './strands.ts'
import { strategies } from './strategies.ts'

const { parts, scenarios, seeds, only, shard, mix } = options()
console.error(`node ${process.version}, ${process.platform} ${process.arch}`)
if (parts.micro) {
  await micro()
  await storeVerbs()
}
if (parts.strands) await strands({ scenarios, seeds, only })
if (parts.strategies) await strategies({ scenarios, seeds, only, shard, mix })
if (parts.speed) await speed()
if (parts.jobs) await jobs()
if (parts.shrinking) await shrinking({ seeds, only, shard })
