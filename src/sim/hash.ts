/**
 * Hashing for keyed choices and traces: two 32-bit lanes, so that a key's identity is 53 bits of a number and no string
 * is built while a run is under way. Finaliser and constants: Austin Appleby, MurmurHash3 (public domain).
 */

export function finalise(x: number): number {
  let h = x | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

export function mixLow(h: number, value: number): number {
  return finalise(Math.imul(h ^ value, 0x9e3779b1) + 0x7f4a7c15)
}

export function mixHigh(h: number, value: number): number {
  return finalise(Math.imul(h + value, 0x85ebca77) ^ 0x165667b1)
}

/** One 32-bit hash of a text. */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return finalise(h ^ text.length)
}

/** The identity of a pair of lanes as one exact number. */
export function identity(h1: number, h2: number): number {
  return (h1 >>> 0) * 0x200000 + (h2 >>> 11)
}

/**
 * A name together with its hash, interned, so that labels compare and hash in no time. The two characters that structure
 * paths are replaced in it, so that a path means the same to whoever reads it.
 */
export interface Label {
  readonly text: string
  readonly hash: number
}

const labels = new Map<string, Label>()

export function label(name: string): Label {
  let found = labels.get(name)
  if (found === undefined) {
    const text = name.replace(/[/#]/g, '_')
    found = { text, hash: hashText(text) }
    labels.set(name, found)
  }
  return found
}

const machineLabels = new Set<string>()

/** A label of the machine's own operations, which faults know by name: no task of a system may bear it. */
export function machineLabel(text: string): Label {
  machineLabels.add(text)
  return label(text)
}

/** A label for what a system calls by this name. */
export function taskLabel(text: string): Label {
  if (machineLabels.has(text)) throw new Error(`"${text}" is an operation of the machine: give the task another name`)
  return label(text)
}
