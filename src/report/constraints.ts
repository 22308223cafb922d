/** What has to happen for a failure to happen, each as one sentence: faults that strike, and orders of steps. */
import type { Explanation } from '../explore/index.ts'
import type { Choices, Scenario } from './result.ts'

/** As much as a person takes in. */
export const CONSTRAINTS_MAX = 5

function milliseconds(us: number): string {
  return `${Math.abs(us) / 1000} ms`
}

function delayed(path: string, us: number): string {
  return `${path} happens ${milliseconds(us)} ${us < 0 ? 'earlier' : 'later'} than usual`
}

function struck(path: string, purpose: string, value: number): string {
  if (path === 'world' && purpose === 'chaos') return `faults end after ${milliseconds(value)}`
  if (purpose === 'neighbours')
    return `${value === 1 ? '1 stranger is' : `${value} strangers are`} there when ${path.split('/')[0]} starts`
  const [fault, nth] = purpose.split('@') as [string, string | undefined]
  const where = nth === undefined ? path : `statement ${Number(nth) + 1} of ${path}`
  return `${fault} strikes at ${where}${value === 1 ? '' : `, by ${value} ms`}`
}

/** Where orders explain it, they stand for the delays. When commands arrive is told with the commands. */
export function constraintsOf(choices: Choices, explanation?: Explanation): string[] {
  const orders = explanation?.orders
  const others = [...choices].filter(([key]) => !key.endsWith('/delay') || orders === undefined)
  const sentences = others.filter(([key]) => !key.endsWith('/arrival/delay')).map(sentenceOf)
  return [...sentences, ...(orders ?? []).map(({ before, after }) => `${before} before ${after}`)]
}

function sentenceOf([key, value]: [string, number]): string {
  const slash = key.lastIndexOf('/')
  const path = key.slice(0, slash)
  const purpose = key.slice(slash + 1)
  return purpose === 'delay' ? delayed(path, value) : struck(path, purpose, value)
}

/** How often it fails when nothing else is fixed. */
export function rateSentence({ orders, kept, failed }: Explanation): string {
  const kinds = orders === undefined || orders.length === 0 ? 'commands and faults' : 'commands, faults and orders'
  return `${failed} of ${kept} random runs with these ${kinds} fail alike`
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
