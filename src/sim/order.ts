/** Pending operations in the order of (time, issue): a binary heap. Removed operations stay until they surface. */
import type { Operation } from './operation.ts'

function before(a: Operation, b: Operation): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.serial < b.serial)
}

export class Order {
  private readonly heap: Operation[] = []

  push(operation: Operation): void {
    const { heap } = this
    let i = heap.length
    heap.push(operation)
    while (i > 0) {
      const up = (i - 1) >> 1
      const parent = heap[up]!
      if (!before(operation, parent)) break
      heap[i] = parent
      i = up
    }
    heap[i] = operation
  }

  peek(): Operation | undefined {
    for (;;) {
      const first = this.heap[0]
      if (first === undefined || first.state === 'pending') return first
      this.pop()
    }
  }

  pop(): Operation | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    const { length } = heap
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= length) break
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }

  /** All that is still pending, in no particular order. */
  *pending(): Iterable<Operation> {
    for (const operation of this.heap) if (operation.state === 'pending') yield operation
  }

  /** Empties the order and returns what was pending, by issue. */
  takeAll(): Operation[] {
    const all = this.heap.filter((operation) => operation.state === 'pending').sort((a, b) => a.serial - b.serial)
    this.heap.length = 0
    return all
  }
}
