/** Who still looks at a run: while there is anybody, its container is kept for a while after its end. */
import { Latch } from './latch.ts'

/** Somebody who looks at a run, until it is closed: more than once is fine. */
export interface Listener {
  close(): void
}

export class Listeners {
  private readonly present = new Set<Listener>()
  private leaving = new Latch()

  connect(): Listener {
    const listener: Listener = {
      close: () => {
        if (!this.present.delete(listener) || this.present.size > 0) return
        this.leaving.set()
        this.leaving = new Latch()
      },
    }
    this.present.add(listener)
    return listener
  }

  /** Resolves when nobody looks any more. */
  async gone(): Promise<void> {
    while (this.present.size > 0) await this.leaving.happened
  }
}
