/** What is left of the choices after shrinking, each as one sentence: what has to happen for the failure to happen. */
import type { Choices, Scenario } from './result.ts'

function milliseconds(us: number): string {
  return `${Math.abs(us) / 1000} ms`
}

function delayed(path: string, us: number, { commands }: Scenario): string {
  const command = commands.find(({ id }) => path === `${id}/arrival`)
  // What arrives by progress has no usual time: its delay counts from the start of the run.
  if (command !== undefined && 'progress' in command.at) return `${command.id} arrives at ${milliseconds(us)}`
  return `${path} happens ${milliseconds(us)} ${us < 0 ? 'earlier' : 'later'} than usual`
}

function struck(path: string, purpose: string, value: number): string {
  if (path === 'world' && purpose === 'chaos') return `faults end after ${milliseconds(value)}`
  if (purpose === 'neighbours') return `${value} strangers are there when ${path.split('/')[0]} starts`
  const [fault, nth] = purpose.split('@') as [string, string | undefined]
  const where = nth === undefined ? path : `statement ${Number(nth) + 1} of ${path}`
  return `${fault} strikes at ${where}${value === 1 ? '' : `, by ${value} ms`}`
}

export function constraintsOf(choices: Choices, scenario: Scenario): string[] {
  return [...choices].map(([key, value]) => {
    const slash = key.lastIndexOf('/')
    const path = key.slice(0, slash)
    const purpose = key.slice(slash + 1)
    return purpose === 'delay' ? delayed(path, value, scenario) : struck(path, purpose, value)
  })
}

/** `c0 at 250 ms: submit, amount 3, …`. */
export function commandsOf({ commands, profile }: Scenario, choices: Choices): string[] {
  return commands.map(({ id, at, do: what }) => {
    const us = choices.get(`${id}/arrival/delay`)
    const when = 'ms' in at ? at.ms + (us ?? 0) / 1000 : (us ?? at.progress * profile.horizon) / 1000
    const { kind, ...rest } = what as { kind: string }
    return `${id} at ${Math.round(when)} ms: ${[kind, ...fields(rest)].join(', ')}`
  })
}

function fields(values: object): string[] {
  return Object.entries(values).map(([name, value]) => `${name} ${worded(value)}`)
}

function worded(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(worded).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `(${fields(value).join(', ')})`
  return String(value)
}
