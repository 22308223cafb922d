import type { Flaw } from './flaw.ts'
import { patchedStore } from './variant.ts'

export const mountKept: Flaw = {
  name: 'mount-kept',
  incident: 'a directory that several jobs had in common',
  family: 'run-ids',
  breaks: ['STRAY'],
  story: 'the last job that knew of a mount is removed, and the mount stays',
  variant: {
    parts: () => patchedStore(() => ({ unknownMounts: () => Promise.resolve([]) })),
  },
}
