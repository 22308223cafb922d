/** What a campaign is about: a subject as it is or with a defect, and the family of scenarios that it is put through. */
import { type Defect, type Failure, type Subject, strategies } from '../explore/index.ts'
import { subjects } from '../subjects/index.ts'
import { knownSubjects, subjectName } from './loading.ts'
import { named } from './usage.ts'

const DEFAULT_SUBJECT = 'orchestrator'

/** Names only: threads and other processes find the same target by it, once they have loaded the same modules. */
export interface Address {
  readonly subject: string
  readonly defect: string | undefined
}

export interface Target extends Address {
  /** What is played: the mutant where there is a defect. */
  readonly played: Subject<unknown>
  readonly about: Defect<unknown> | undefined
}

export function defaultSubject(): string {
  return Object.hasOwn(subjects, DEFAULT_SUBJECT) ? DEFAULT_SUBJECT : Object.keys(subjects)[0]!
}

/** By name, or by the path from which it was loaded. */
export function targetOf(name: string | undefined, defect: string | undefined): Target {
  const subject = subjectName(name ?? defaultSubject())
  const sound = named('subject', subject, knownSubjects())
  if (defect === undefined) return { subject, defect, played: sound, about: undefined }
  const about = named('defect', defect, sound.defects ?? {}, subject)
  return { subject, defect, played: about.mutant, about }
}

export function defectsOf(name: string | undefined): readonly Defect<unknown>[] {
  return Object.values(targetOf(name, undefined).played.defects ?? {})
}

/** The family to play: as asked for, else the defect's own, else (undefined) the mix of all. */
export function familyOf({ subject, played, about }: Target, asked: string | undefined): string | undefined {
  if (asked === 'all') return undefined
  const { families } = played
  if (asked !== undefined) named('family', asked, { ...families, all: undefined }, subject)
  return asked ?? about?.family
}

export function strategyOf(asked: string | undefined): string | undefined {
  if (asked !== undefined) named('strategy', asked, strategies)
  return asked
}

/** The failure to tell of: what the defect is known to break, else whatever broke first. */
export function principal(failures: readonly Failure[], about: Defect<unknown> | undefined): Failure | undefined {
  for (const invariant of about?.breaks ?? []) {
    const known = failures.find((failure) => failure.invariant === invariant)
    if (known !== undefined) return known
  }
  return failures[0]
}
