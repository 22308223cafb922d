/** What happens in the world beside committed rows; invariants and stories read it. */
import type { FaultName } from './fault.ts'

export type WorldEvent =
  | { readonly kind: 'fault'; readonly name: FaultName }
  | { readonly kind: 'lifeStarted'; readonly server: number; readonly ordinal: number }
  | { readonly kind: 'lifeEnded'; readonly server: number; readonly ordinal: number; readonly how: 'crash' | 'stop' }
  | {
      readonly kind: 'processStarted' | 'processDied'
      readonly generation: number
      readonly pid: number
      readonly token: string | undefined
      /** Is it a server's own child, and not a grandchild? */
      readonly byServer: boolean
    }
  /** It is gone now, whether or not it was there. */
  | { readonly kind: 'directoryRemoved'; readonly run: number }
  /** The server whose child it was has heard of the exit. */
  | { readonly kind: 'exitTold'; readonly token: string | undefined; readonly life: string }
  | { readonly kind: 'probed'; readonly pid: number; readonly answer: string; readonly generation: number | undefined }
  /** An effect or a probe went through a key whose meaning had changed. */
  | {
      readonly kind: 'stale'
      readonly through: 'row' | 'pid'
      readonly about: readonly string[]
      readonly text: string
    }
  /** Something worth counting was reached. */
  | { readonly kind: 'sometimes'; readonly name: string }
