import type { Flaw } from './flaw.ts'

export const sanitizerIgnoresSwitch: Flaw = {
  name: 'sanitizer-ignores-switch',
  incident: 'stale run-ownership: D4, kill-switch',
  family: 'legacy',
  breaks: ['ORCH-15'],
  story: 'the sanitizer heals although it is switched off',
  variant: { parts: (parts) => ({ sanitizer: (store) => parts.sanitizer(store, true) }) },
}
