/** What an operation means now, for either side. */
import type { WaitCondition } from '../../src/sim/engine/engine.ts'
import type { Death } from './dockerd.ts'
import type { Kind } from './operation.ts'

/** A name, or the nth id that was seen. */
export type Reference = { readonly name: string } | { readonly nthId: number }

export type ResolvedCall =
  | { readonly call: 'create'; readonly name: string; readonly image: 'known' | 'unknown'; readonly kind: Kind }
  | { readonly call: 'start' | 'remove' | 'remove by force'; readonly reference: Reference }
  | { readonly call: 'stop'; readonly reference: Reference; readonly graceSeconds: number }
  | { readonly call: 'kill'; readonly reference: Reference; readonly signal: string }

export type Deed =
  | { readonly deed: 'calls'; readonly calls: readonly ResolvedCall[] }
  | {
      readonly deed: 'held'
      readonly name: string
      readonly first: ResolvedCall
      readonly meanwhile: readonly ResolvedCall[]
    }
  | { readonly deed: 'wait'; readonly reference: Reference; readonly condition: WaitCondition }
  | { readonly deed: 'inspect'; readonly reference: Reference }
  | { readonly deed: 'list'; readonly kind: Kind | undefined }
  | { readonly deed: 'finish'; readonly name: string; readonly code: number }
  | { readonly deed: 'restart'; readonly how: Death; readonly finished: string | undefined }

/** Said of an answer that came only when what was held went on. */
export const LATE = ' late'

export const FINISHED_CODE = 7

export function wordsOf(deed: Deed): string {
  switch (deed.deed) {
    case 'calls':
      return deed.calls.map(callWords).join(' | ')
    case 'held':
      return [deed.first, ...deed.meanwhile].map(callWords).join(', meanwhile ')
    case 'wait':
      return `wait for ${referenceWords(deed.reference)}, ${deed.condition}`
    case 'inspect':
      return `inspect ${referenceWords(deed.reference)}`
    case 'list':
      return `list${deed.kind === undefined ? '' : `, ${deed.kind}`}`
    case 'finish':
      return `${deed.name} exits with ${deed.code}`
    case 'restart': {
      const meanwhile = deed.finished === undefined ? '' : `, meanwhile ${deed.finished} exits with ${FINISHED_CODE}`
      return `the daemon dies by SIG${deed.how.toUpperCase()}${meanwhile}, and rises`
    }
  }
}

function callWords(call: ResolvedCall): string {
  switch (call.call) {
    case 'create':
      return `create ${call.name}, ${call.image === 'known' ? call.kind : 'unknown image'}`
    case 'stop':
      return `stop ${referenceWords(call.reference)}, ${call.graceSeconds} s`
    case 'kill':
      return `kill ${referenceWords(call.reference)}, ${call.signal}`
    default:
      return `${call.call} ${referenceWords(call.reference)}`
  }
}

function referenceWords(reference: Reference): string {
  return 'name' in reference ? reference.name : `#${reference.nthId + 1}`
}
