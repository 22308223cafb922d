/** `npm run hunt --time 5` gives the option to npm, which keeps it: without a word, other scenarios would be played. */
import { UsageError } from './usage.ts'

const options = [
  'seed',
  'scenarios',
  'time',
  'defect',
  'family',
  'strategy',
  'shard',
  'jobs',
  'against',
  'require-sometimes',
  'trace',
  'strict',
  'steps',
  'kind',
  'index',
  'pairs',
  'until',
  'runs',
  'before',
  'subject',
  'good',
  'bad',
  'run',
  'found',
  'directory',
  'name',
  'db',
  'priority',
  'delay',
  'attempts',
  'repo',
  'agent',
  'cwd',
  'env',
  'image',
  'status',
  'limit',
  'follow',
  'concurrency',
  'drain',
  'share',
  'serial-repos',
  'time-limit',
  'durability',
  'shell',
  'json',
  'token',
] as const

/** Of those that are the beginning of an option of npm's, npm takes the whole for the beginning. */
const renamed: Readonly<Record<string, string>> = { token: 'token-description' }

export function refuseSwallowedOptions(env: NodeJS.ProcessEnv): void {
  const script = env.npm_lifecycle_event
  if (script === undefined) return
  const swallowed = options.find((name) => env[variableOf(renamed[name] ?? name)] !== undefined)
  if (swallowed === undefined) return
  throw new UsageError(
    `npm has kept --${swallowed} for itself: put -- before the options, as in "npm run -s ${script} -- --${swallowed} …"`,
  )
}

function variableOf(option: string): string {
  return `npm_config_${option.replaceAll('-', '_')}`
}
