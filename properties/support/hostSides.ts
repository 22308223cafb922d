/** The two machines that carry processes: the real one, and the simulated one in a run of its own. */
import { simulate } from '../../src/explore/index.ts'
import type { RunId } from '../../src/model/ids.ts'
import type { Clock, Processes, SpawnSpec } from '../../src/ports/index.ts'
import type { Program } from '../../src/sim/index.ts'
import { hostHouse } from './hostHouse.ts'
import { tinyScenario, tinySubject } from './tinySubject.ts'

const DEADLINE_MS = 20_000
const POLL_MS = 5

/** What the contract starts: as a command line, and what the simulated machine makes of it. */
export const commands = {
  sleeps: ['sleep', '600'],
  ends: ['sh', '-c', 'exit 3'],
  /** Dies of SIGKILL only. */
  stubborn: ['sh', '-c', 'trap "" TERM; sleep 600'],
  /** Ends, and leaves a process behind in its group. */
  leaves: ['sh', '-c', 'sleep 600 & exit 0'],
  /** Ends when the process that it leaves behind has a session of its own, which it has before it is called "sleep". */
  escapes: [
    'sh',
    '-c',
    'setsid sleep 600 & until read -r _ name _ </proc/$!/stat && [ "$name" = "(sleep)" ]; do :; done; exit 0',
  ],
  missing: ['strandline-has-no-such-command'],
} satisfies Record<string, SpawnSpec['argv']>

const base: Program = { runMs: 600_000, exit: { code: 0, signal: null }, readyMs: 0, onTerm: 'dies' }
const programs: Readonly<Record<string, Program>> = {
  sleeps: base,
  ends: { ...base, runMs: 5, exit: { code: 3, signal: null } },
  stubborn: { ...base, onTerm: 'ignores' },
  leaves: { ...base, runMs: 5, leaves: { ms: 600_000, escapes: false } },
  escapes: { ...base, runMs: 5, leaves: { ms: 600_000, escapes: true } },
}

export interface Stage {
  readonly processes: Processes
  readonly token: string
  /** The next run: its token is the stage's, with a life and the run's number behind it. */
  spec(command: keyof typeof commands): SpawnSpec
  until(condition: () => boolean | Promise<boolean>): Promise<void>
}

export interface Side {
  readonly name: string
  play(story: (stage: Stage) => Promise<void>): Promise<void>
}

export const sides: readonly Side[] = [
  { name: 'the real machine', play: onHost },
  { name: 'the simulated machine', play: inSimulation },
]

async function onHost(story: (stage: Stage) => Promise<void>): Promise<void> {
  const { ports, token } = hostHouse()
  await story(stageOf(ports.processes, ports.clock, token))
}

async function inSimulation(story: (stage: Stage) => Promise<void>): Promise<void> {
  let failure: unknown
  let isOver = false
  const subject = tinySubject(async ({ life: { ports } }) => {
    try {
      await story(stageOf(ports.processes, ports.clock, 'installation'))
      isOver = true
    } catch (error) {
      failure = error
    }
  })
  const names = new Map(Object.entries(commands).map(([name, argv]) => [argv.join(' '), name]))
  const programOf = (argv: readonly string[]) => programs[names.get(argv.join(' '))!]
  const choices = { kind: 'seed', seed: 1 } as const
  await simulate({ ...subject, program: programOf }, tinyScenario(), { choices, telling: false })
  if (failure !== undefined) throw failure
  if (!isOver) throw new Error('the simulated run came to rest before the story had ended')
}

function stageOf(processes: Processes, clock: Clock, token: string): Stage {
  let runs = 0
  return {
    processes,
    token,
    spec: (command) => {
      const run = ++runs as RunId
      const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' }
      return { argv: commands[command], token: `${token}/life/${run}`, environment, directory: undefined, run }
    },
    until: async (condition) => {
      const giveUpMs = clock.monotonicMs() + DEADLINE_MS
      while (!(await condition())) {
        if (clock.monotonicMs() > giveUpMs) throw new Error(`not within ${DEADLINE_MS} ms: ${condition}`)
        await clock.sleep(POLL_MS)
      }
    },
  }
}
