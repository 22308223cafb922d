/** Seeds of campaigns and workloads, by seedrandom's Alea: fast to start, equal everywhere. */
import seedrandom from 'seedrandom'

/** Uniform in [0, 1), by the text alone. */
export function generator(text: string): () => number {
  return seedrandom.alea(text)
}

/** 53 bits by the text alone. */
export function seedOf(text: string): number {
  const random = generator(text)
  return Math.floor(random() * 0x100000000) * 0x200000 + Math.floor(random() * 0x200000)
}
