/** Randomness from the system's generator. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../ports/index.ts'

const STEPS = 2 ** 47

export class HostRandom implements Random {
  token(): string {
    return randomBytes(16).toString('hex')
  }

  unit(): number {
    return randomInt(STEPS) / STEPS
  }
}
