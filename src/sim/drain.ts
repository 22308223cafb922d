/**
 * Between two steps every tick and microtask is drained, by the function that Node itself calls after each macrotask.
 * It does nothing when called from inside a microtask, so a run starts from a macrotask and `assertDrains` refuses
 * clearly where that, or this Node, does not hold (measurements and traps: spec, interception 1).
 */
const tick = (process as unknown as { _tickCallback?: () => void })._tickCallback

export const drain: () => void = tick === undefined ? () => undefined : tick.bind(process)

export function assertDrains(): void {
  let settled = false
  const probe = async () => {
    await null
    await null
    settled = true
  }
  void probe()
  drain()
  if (settled) return
  throw new Error(
    'strandline: promises cannot be settled synchronously here. Start runs from a macrotask (as simulate() does), on Node.js 22.18 or later.',
  )
}
