/** Is what a module exports a subject? Tokens hold names, so names may contain only what tokens can. */
import { type FaultName, faultNames } from '../sim/index.ts'

const NAME = /^[\w-]+$/

type Kind = 'a text' | 'a function' | 'an object' | 'a list'
type Fields = Readonly<Record<string, unknown>>

const subjectFields: Readonly<Record<string, Kind>> = {
  name: 'a text',
  families: 'an object',
  imageKey: 'a text',
  prepare: 'a function',
  schema: 'an object',
  boot: 'a function',
  program: 'a function',
  invariants: 'a list',
  unfinished: 'a function',
  due: 'a function',
  idle: 'a function',
  settleRounds: 'a function',
  describe: 'a function',
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null || value === undefined) return String(value)
  const kinds: Readonly<Record<string, Kind>> = { string: 'a text', function: 'a function', object: 'an object' }
  return kinds[typeof value] ?? `a ${typeof value}`
}

/** What is wrong with it, in words; undefined if it is what `defineSubject` returns. */
export function subjectFaultOf(exported: unknown): string | undefined {
  const kind = kindOf(exported)
  if (kind !== 'an object') return `its default export is ${kind}, not what defineSubject({ … }) returns`
  const subject = exported as Fields
  for (const [field, expected] of Object.entries(subjectFields)) {
    const found = kindOf(subject[field])
    if (found === expected) continue
    return `its default export is not what defineSubject({ … }) returns: "${field}" must be ${expected} and is ${found}`
  }
  if (!NAME.test(subject.name as string))
    return `its name is "${subject.name}", and a name is made of letters, digits, "-" and "_"`
  if (Object.keys(subject.families as object).length === 0)
    return 'it has no families, so that no scenario can be drawn; give it one'
  for (const [name, { faults }] of Object.entries(subject.families as Record<string, Fields>)) {
    const unknown = Array.isArray(faults) ? faults.find((fault) => !faultNames.includes(fault as FaultName)) : 'faults'
    if (unknown !== undefined)
      return `its family "${name}" names the fault "${unknown}"; choose from ${faultNames.join(', ')}`
  }
  for (const [name, defect] of Object.entries((subject.defects ?? {}) as Record<string, Fields>)) {
    if (!NAME.test(name)) return `its defect is called "${name}", and a name is made of letters, digits, "-" and "_"`
    if (kindOf(defect.mutant) !== 'an object') return `its defect "${name}" has no mutant`
    if (!Array.isArray(defect.breaks) || defect.breaks.length === 0)
      return `its defect "${name}" does not say which invariants it breaks`
  }
  return situationFaultOf(subject)
}

/** A situation of a family that there is not would never be missed. */
function situationFaultOf({ sometimes = [], families }: Fields): string | undefined {
  if (!Array.isArray(sometimes)) return `"sometimes" must be a list and is ${kindOf(sometimes)}`
  for (const { name, families: within = [] } of sometimes as { name: unknown; families?: readonly string[] }[]) {
    if (typeof name !== 'string') return 'one of its "sometimes" has no name'
    const unknown = within.find((family) => !Object.hasOwn(families as object, family))
    if (unknown !== undefined) return `its situation "${name}" names the family "${unknown}", which it does not have`
  }
  return undefined
}
