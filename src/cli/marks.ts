/** A set of whole numbers from 0, at one bit each: which scenarios of a campaign, by their place in it. */
const BITS = 32

export class Marks {
  private words = new Uint32Array(32)

  add(at: number): void {
    const word = Math.floor(at / BITS)
    if (word >= this.words.length) this.grow(word)
    this.words[word]! |= 1 << (at % BITS)
  }

  has(at: number): boolean {
    return ((this.words[Math.floor(at / BITS)] ?? 0) & (1 << (at % BITS))) !== 0
  }

  /** One above the largest that can be in it. */
  get end(): number {
    return this.words.length * BITS
  }

  private grow(word: number): void {
    const larger = new Uint32Array(Math.max(word + 1, 2 * this.words.length))
    larger.set(this.words)
    this.words = larger
  }
}
