import type { Flaw } from './flaw.ts'

export const noSanitizer: Flaw = {
  name: 'no-sanitizer',
  incident: 'stale run-ownership: D4',
  family: 'legacy',
  breaks: ['HEALED'],
  story: 'nobody heals the impossible rows that an old database brings, while they wait in the queue',
  variant: { parts: (parts) => ({ sanitizer: (store) => parts.sanitizer(store, false) }) },
}
