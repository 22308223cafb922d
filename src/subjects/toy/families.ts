/** The scenarios of the workshop: what arrives, and what the machine does meanwhile. */
import fc from 'fast-check'
import type { Family } from '../../explore/index.ts'
import { type Command, faultNames, faults } from '../../sim/index.ts'
import type { Order } from './store.ts'

export interface Submit extends Order {
  readonly kind: 'submit'
  readonly server: number
}

type Unnamed = Omit<Command<Submit>, 'id'>

const SERVERS = 2
const TAIL_MS = 3_000
const arrival = fc.oneof(
  { weight: 1, arbitrary: fc.record({ ms: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ ms: fc.integer({ min: 0, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ progress: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100) }) },
)

function submits(child: fc.Arbitrary<boolean>): fc.Arbitrary<Unnamed> {
  return fc.record({
    at: arrival,
    do: fc.record({
      kind: fc.constant('submit' as const),
      server: fc.nat(SERVERS - 1),
      amount: fc.integer({ min: 1, max: 9 }),
      workMs: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 8_000 })),
      child,
    }),
  })
}

const plain = submits(fc.constant(false))
const employing = submits(fc.boolean())
const server = fc.nat(SERVERS - 1)
const harms: fc.Arbitrary<Unnamed> = fc.record({
  at: arrival,
  do: fc.oneof(
    fc.record({ kind: fc.constant('crash' as const), server }),
    fc.record({ kind: fc.constant('stop' as const), server }),
    fc.record({ kind: fc.constant('pause' as const), server, ms: fc.integer({ min: 100, max: 20_000 }) }),
    fc.record({ kind: fc.constant('wallStep' as const), ms: fc.integer({ min: -600_000, max: 600_000 }) }),
    fc.record({ kind: fc.constant('killProcess' as const), nth: fc.nat(3) }),
    fc.record({
      kind: fc.constant('strangers' as const),
      count: fc.integer({ min: 1, max: 3 }),
      ms: fc.integer({ min: 1, max: 5_000 }),
    }),
  ),
})

export const families = {
  quiet: {
    weight: 1,
    story: 'an item or two come to an idle workshop',
    base: [plain],
    command: plain,
    more: 1,
    faults: ['stall'],
    profile: () => ({ tailMs: TAIL_MS }),
  },
  steady: {
    weight: 2,
    story: 'nothing breaks; only the order of things is anybody’s guess',
    base: [plain, plain, plain],
    command: plain,
    more: 4,
    faults: ['stall'],
    profile: (random) => ({ servers: random() < 0.5 ? 1 : 2, tailMs: TAIL_MS }),
  },
  crashes: {
    weight: 1,
    story: 'servers die, also between two statements',
    base: [plain, plain],
    command: plain,
    more: 3,
    faults: ['crash', 'crashInStatement'],
    profile: () => ({ tailMs: TAIL_MS }),
  },
  late: {
    weight: 1,
    story: 'timers are late, servers stand still, the clock is set',
    base: [plain, plain],
    command: plain,
    more: 3,
    faults: ['timerLate', 'stall', 'pause', 'wallStep'],
    profile: () => ({ tailMs: TAIL_MS }),
  },
  mixed: {
    weight: 2,
    story: 'two servers with child processes, and everything that a machine can do to them',
    base: [employing, employing],
    command: fc.oneof({ weight: 2, arbitrary: employing }, { weight: 1, arbitrary: harms }),
    more: 8,
    // A spawn may hang for hours, through which a lease of seconds must be renewed: that takes longer than it tells.
    // It has no containers.
    faults: faultNames.filter(
      (name) => faults[name].site !== 'container' && name !== 'spawnStall' && name !== 'removeFail',
    ),
    profile: (random) => ({
      servers: random() < 0.3 ? 1 : 2,
      crashTakes: random() < 0.5 ? 'process' : 'container',
      init: random() < 0.5 ? 'tini' : 'server',
      pidMax: random() < 0.5 ? 12 : 32_768,
      poolSize: random() < 0.5 ? 1 : 4,
      tailMs: TAIL_MS,
    }),
  },
} satisfies Record<string, Family<Submit>>
