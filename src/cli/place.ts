/** Where a rehearsal can be played: here, in a worker thread, in another process, elsewhere in the world, under load. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { writtenAs } from './loading.ts'
import { type Rehearsal, type Rehearsed, rehearse } from './rehearsal.ts'
import { inThread, newFlags, STOP } from './thread.ts'

export interface Place {
  /** As in "the same, …". */
  readonly name: string
  play(rehearsal: Rehearsal): Promise<Rehearsed>
  /** As `play`, where playing once more in the same place would not be the same. */
  readonly afresh?: (rehearsal: Rehearsal) => Promise<Rehearsed>
  /** Places that differ in one respect only: which of them matters? */
  readonly parts?: readonly Place[]
}

/** The hidden command that another process is started with. */
export const REHEARSE = 'rehearse'
/** What a bare environment keeps: without these, programs do not start as they would. */
const kept: ReadonlySet<string> = new Set([
  ...['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'TMPDIR', 'TEMP'],
  ...['NODE_OPTIONS', 'NODE_PATH', 'TZ', 'LANG', 'LC_ALL'],
])

/** As far from most people's settings as can be. */
const zone = { TZ: 'Pacific/Kiritimati' }
const tongue = new Intl.NumberFormat().resolvedOptions().locale.startsWith('tr') ? 'sv_SE.UTF-8' : 'tr_TR.UTF-8'
const language = { LANG: tongue, LC_ALL: tongue }

function bare(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => kept.has(name))
  return { ...Object.fromEntries(own), NODE_ENV: 'production' }
}

function under(name: string, env: () => NodeJS.ProcessEnv): Place {
  return { name, play: (rehearsal) => inProcess(rehearsal, env()) }
}

export const here: Place = {
  name: 'played here',
  play: rehearse,
  // What has been played here before cannot be undone, but a new process can be brought to the same point.
  afresh: (rehearsal) => inProcess(rehearsal),
}

/** Each is compared with what was played here at first. */
export const places: readonly Place[] = [
  {
    name: 'a second time',
    play: rehearse,
    afresh: (rehearsal) => inProcess({ ...rehearsal, order: 'twice' }),
  },
  { name: 'in reverse order, in a new process', play: (rehearsal) => inProcess({ ...rehearsal, order: 'backwards' }) },
  { name: 'in a worker thread', play: inRehearsingThread },
  { name: 'in another process', play: (rehearsal) => inProcess(rehearsal) },
  {
    ...under('in another time zone, language and environment', () => ({ ...bare(), ...zone, ...language })),
    parts: [
      under('the time zone (TZ)', () => ({ ...process.env, ...zone })),
      under('the language (LANG, LC_ALL)', () => ({ ...process.env, ...language })),
      under('a variable of the environment', bare),
    ],
  },
  { name: 'while the processor is busy', play: underLoad },
]

function inRehearsingThread(rehearsal: Rehearsal): Promise<Rehearsed> {
  return inThread<Rehearsed>({ kind: 'rehearse', rehearsal })
}

function inProcess(rehearsal: Rehearsal, env: NodeJS.ProcessEnv = process.env): Promise<Rehearsed> {
  const main = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url))
  const { subject, seed, scenarios, order, recorded } = rehearsal
  const words = [REHEARSE, writtenAs(subject), '--seed', seed, '--scenarios', String(scenarios), '--order', order]
  if (recorded !== undefined) words.push('--recorded', String(recorded))
  return new Promise((resolve, reject) => {
    // Answers come by a channel of their own: the subject may write to the standard output.
    const child = fork(main, words, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('message', (rehearsed) => resolve(rehearsed as Rehearsed))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const [sentence] = said.split('\n').filter((line) => line.startsWith('strandline: '))
      reject(new Error(sentence?.replace('strandline: ', '') ?? `the other process ended with ${signal ?? code}`))
    })
  })
}

async function underLoad(rehearsal: Rehearsal): Promise<Rehearsed> {
  const flags = newFlags()
  const burning = inThread({ kind: 'burn', flags })
  try {
    return await inRehearsingThread(rehearsal)
  } finally {
    Atomics.store(flags, STOP, 1)
    await burning
  }
}
