/** What happens in the world beside committed rows; invariants and stories read it. */
import type { ContainerId } from '../model/ids.ts'
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
  /** A path below the runs' directory: all of it is gone now, whether or not it was there. */
  | { readonly kind: 'removed'; readonly path: string }
  | { readonly kind: 'directoryMade'; readonly path: string; readonly life: string }
  /** `writer`: the id of the container that wrote it. */
  | { readonly kind: 'fileRead'; readonly path: string; readonly writer: unknown }
  | { readonly kind: 'containerStarted'; readonly id: ContainerId }
  /** A path as the container sees it. */
  | { readonly kind: 'containerWrote'; readonly id: ContainerId; readonly path: string; readonly text: string }
  /** Its main process has ended; and the engine knows of it. */
  | { readonly kind: 'containerEnded' | 'containerExited'; readonly id: ContainerId; readonly code: number }
  /** A server has heard that its child, or a container, has ended. `token`: what its environment calls the run. */
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
