/**
 * Heavy-tailed latencies, correlated per causal chain: no decision is made, operations fire when they are done. Delays
 * are log-uniform around the typical one, and one chain in five is slow throughout by a factor of 3 to 300: independent
 * delays of similar length hardly ever reorder more than neighbours (spec, exploration A3).
 */
import type { Chain, LatencyStrategy, Operation, RunInfo } from '../../sim/index.ts'

const SLOW_SHARE = 0.2

export function latency(): LatencyStrategy {
  let random: RunInfo['random'] = () => 0
  let factors = new Map<Chain, number>()
  let spread = 10
  const factorOf = (chain: Chain): number => {
    const { root } = chain
    let factor = factors.get(root)
    if (factor === undefined) {
      factor = random() < SLOW_SHARE ? 3 * 100 ** random() : 1
      factors.set(root, factor)
    }
    return factor
  }
  return {
    kind: 'latency',
    name: 'latency',
    begin(run) {
      random = run.random
      factors = new Map()
      spread = 3 * 33 ** random()
    },
    delayUs(operation: Operation) {
      const { issuedUs, earliestUs, typicalUs, latestUs } = operation
      const stretched = (typicalUs - earliestUs) * spread ** (2 * random() - 1) * factorOf(operation.chain)
      const slack = typicalUs === earliestUs ? (latestUs - earliestUs) * random() ** 3 : stretched
      return Math.min(Math.max(earliestUs + slack, earliestUs), latestUs) - issuedUs
    },
  }
}
