/** What runs in the containers of simulated jobs: an agent that speaks to the server through its state directory. */
import type { View } from '../../explore/index.ts'
import type { Program, SimContainer } from '../../sim/index.ts'
import { inside, labels } from '../../system/index.ts'

export const IMAGE = 'agent'
export const MISSING_IMAGE = 'no-such-image'
const READY_MS = 15
const ENDING_MS = 50
const TERMINATED = 143

/** What an agent does on each try; the last entry stands for all further ones. */
export interface AgentPlan {
  readonly ms: number
  /** What the engine will say it ended with, try by try. */
  readonly codes: readonly number[]
  /** What it says itself, in result.json: only one that ends says anything. */
  readonly says: 'the same' | 'nothing' | 'another'
  readonly onTerm: 'ignores' | 'ends'
}

/** A code that the engine never says. */
const ANOTHER_CODE = 3

export function agentOf(plan: AgentPlan, tries: number, token: string): Program {
  const code = plan.codes[Math.min(tries, plan.codes.length - 1)]!
  const session = `session of ${token.slice(-8)}`
  const write = (when: 'start' | 'end', path: string, text: string) => ({ when, path, text })
  const said = plan.says === 'another' ? ANOTHER_CODE : code
  const result = JSON.stringify({ exit_code: said, session_id: session })
  return {
    runMs: plan.ms,
    exit: { code, signal: null },
    readyMs: READY_MS,
    onTerm: plan.onTerm === 'ends' ? { afterMs: ENDING_MS, code: TERMINATED } : 'ignores',
    writes: [
      write('start', `${inside.state}/agent-status`, 'running'),
      write('start', `${inside.state}/session-id`, session),
      write('start', `${inside.mount}/memory`, session),
      ...(plan.says === 'nothing' ? [] : [write('end', `${inside.state}/result.json`, result)]),
    ],
  }
}

export function tokenOf({ spec }: SimContainer): string {
  return spec.labels[labels.fence] ?? ''
}

/** The container of the run that this token stands for. */
export function containerOf(view: View, token: string | undefined): SimContainer | undefined {
  return token === undefined ? undefined : view.containers().find((container) => tokenOf(container) === token)
}
