/** Something that happens once, and that any number of others may wait for. */
export class Latch {
  readonly happened: Promise<void>
  private done = false
  private settle!: () => void

  constructor() {
    this.happened = new Promise((resolve) => {
      this.settle = resolve
    })
  }

  get isSet(): boolean {
    return this.done
  }

  set(): void {
    this.done = true
    this.settle()
  }
}

/** Waits for whichever comes first, by name; what comes later is not lost, only not waited for here. */
export function firstOf<T extends Record<string, Promise<unknown>>>(
  waits: T,
): Promise<{ [K in keyof T]: { name: K; value: Awaited<T[K]> } }[keyof T]> {
  return Promise.race(Object.entries(waits).map(([name, wait]) => wait.then((value) => ({ name, value })))) as Promise<
    { [K in keyof T]: { name: K; value: Awaited<T[K]> } }[keyof T]
  >
}
