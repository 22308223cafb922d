/** The base seed of a campaign: from --seed, else from STRANDLINE_SEED, else a random one. It is said before anything runs. */
import { randomInt } from 'node:crypto'
import { UsageError } from './usage.ts'

const LENGTH_MAX = 200

export interface Seed {
  readonly text: string
  readonly origin: 'given' | 'environment' | 'random' | 'usual'
}

let latest: Seed | undefined

export function seedFrom(flag: string | undefined, usual?: string): Seed {
  latest = choose(flag, usual)
  return latest
}

/** The seed of this process, for whoever has to report a mistake of the tool itself. */
export function seedInUse(): string | undefined {
  return latest?.text
}

function choose(flag: string | undefined, usual: string | undefined): Seed {
  if (flag !== undefined) return { text: checked('--seed', flag.trim()), origin: 'given' }
  const environment = process.env.STRANDLINE_SEED?.trim() ?? ''
  if (environment !== '') return { text: checked('STRANDLINE_SEED', environment), origin: 'environment' }
  if (usual !== undefined) return { text: usual, origin: 'usual' }
  return { text: String(randomInt(1_000_000_000)), origin: 'random' }
}

function checked(name: string, text: string): string {
  if (text === '') throw new UsageError(`${name} is empty: give a number, a commit hash or any other text`)
  if (text.length > LENGTH_MAX)
    throw new UsageError(`${name} is longer than ${LENGTH_MAX} characters: give a shorter one`)
  return text
}

/** `seed 17`, and where it came from. */
export function seedWords({ text, origin }: Seed): string {
  if (origin === 'environment') return `seed ${text} (from STRANDLINE_SEED)`
  return origin === 'random' ? `seed ${text} (random; --seed ${text} repeats it)` : `seed ${text}`
}
