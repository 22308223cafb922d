/** What a client asks of the orchestrator, and what the jobs' processes then do. */
import type { View } from '../../explore/index.ts'
import type { Program } from '../../sim/index.ts'
import { type AgentPlan, agentOf } from './agents.ts'

/** What a job's process does on each try; the last entry stands for all further ones. */
export interface Plan {
  readonly ms: number
  /** Exit codes, try by try. */
  readonly codes: readonly number[]
  readonly onTerm: 'dies' | 'ignores' | 'ends'
  /** Leaves a process behind for so long; 0: none. */
  readonly leavesMs: number
  /** What it leaves behind is in a session of its own. */
  readonly escapes: boolean
}

/** What a task's handler does: the payload. */
export interface Behaviour {
  readonly ms: number
  /** How it ends, try by try; the last entry stands for all further ones. */
  readonly outcomes: readonly ('returns' | 'throws' | 'retryable' | 'hopeless')[]
  /** Does it end when its signal is aborted? */
  readonly obeys: boolean
}

/** When a job runs and how often it is tried. */
export interface Terms {
  readonly agent: string
  readonly repo: string
  readonly priority: number
  readonly maxAttempts: number
  readonly delayMs: number
  /** 0: the usual back-off. */
  readonly transientDelayMs: number
}

export type OrchestratorCommand =
  | ({
      readonly kind: 'submit'
      readonly server: number
      readonly plan: Plan
      /** False: the command line names no program. */
      readonly exists: boolean
    } & Terms)
  | ({
      readonly kind: 'submitAgent'
      readonly server: number
      readonly agentPlan: AgentPlan
      /** False: the engine does not have its image. */
      readonly exists: boolean
    } & Terms)
  | ({ readonly kind: 'submitTask'; readonly server: number; readonly behaviour: Behaviour } & Terms)
  /** Cancels what the submit with this id made. */
  | { readonly kind: 'cancel'; readonly server: number; readonly target: string | number }
  /** Goes on where the job that the command with this id made has stopped. */
  | { readonly kind: 'relaunch'; readonly server: number; readonly target: string | number }
  /** Somebody begins to look at that job's run, or no longer looks. */
  | { readonly kind: 'connect' | 'disconnect'; readonly server: number; readonly target: string | number }
  /** Deletes what the submit with this id made. */
  | { readonly kind: 'delete'; readonly server: number; readonly target: string | number }
  /** A row as an old database would bring it: queued and yet owned, or running without a fence. */
  | {
      readonly kind: 'legacyRow'
      readonly server: number
      readonly status: 'queued' | 'running'
      readonly runId: number
      readonly pid: number
      readonly started: boolean
      readonly plan: Plan
    }

const PROGRAM = 'work'
const AGENT = 'agent'
const READY_MS = 15

export function argvOf(plan: Plan, exists: boolean): readonly [string, ...string[]] {
  return [exists ? PROGRAM : 'no-such-command', JSON.stringify(plan)]
}

export function agentArgvOf(plan: AgentPlan): readonly string[] {
  return [AGENT, JSON.stringify(plan)]
}

/** What a command line runs on this try, which the run with the token stands for. */
export function programOf(argv: readonly string[], token: string, view: View): Program | undefined {
  if (argv[0] === AGENT) return agentOf(JSON.parse(argv[1]!) as AgentPlan, triesBefore(token, view), token)
  if (argv[0] !== PROGRAM) return undefined
  const plan = JSON.parse(argv[1]!) as Plan
  const code = plan.codes[Math.min(triesBefore(token, view), plan.codes.length - 1)]!
  return {
    runMs: plan.ms,
    exit: { code, signal: null },
    readyMs: READY_MS,
    onTerm: plan.onTerm === 'ends' ? { afterMs: 50, code: 143 } : plan.onTerm,
    ...(plan.leavesMs > 0 ? { leaves: { ms: plan.leavesMs, escapes: plan.escapes } } : {}),
  }
}

/** How many runs the job of this run had before it. */
export function triesBefore(token: string, view: View): number {
  let job: unknown
  for (const [, run] of view.rows('runs')) if (String(run.token).endsWith(token)) job = run.job_id
  let tries = -1
  for (const [, run] of view.rows('runs')) if (run.job_id === job) tries++
  return Math.max(tries, 0)
}
