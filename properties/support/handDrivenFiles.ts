/** The runs' directory, as a list of paths: a directory holds nothing, a file holds text. It remembers what was read. */
import { dirname } from 'node:path'
import type { Files } from '../../src/ports/index.ts'

export class HandDrivenFiles implements Files {
  /** In the order of their reading, whether or not they were there. */
  readonly reads: string[] = []
  private readonly entries = new Map<string, string | undefined>()
  private readonly obstacles = new Map<string, string>()

  /** Whatever is done with this path fails with this errno. */
  block(path: string, code: string): void {
    this.obstacles.set(path, code)
  }

  unblock(path: string): void {
    this.obstacles.delete(path)
  }

  write(path: string, text: string): void {
    this.makeParents(path)
    this.entries.set(path, text)
  }

  /** All that there is, by name. */
  get paths(): readonly string[] {
    return [...this.entries.keys()].toSorted()
  }

  freeBytes(): number {
    return Number.MAX_SAFE_INTEGER
  }

  absolute(path: string): string {
    return `/runs/${path}`
  }

  async makeDirectory(path: string): Promise<void> {
    this.meet(path)
    if (this.entries.has(path)) throw errnoOf('EEXIST', path)
    this.makeParents(path)
    this.entries.set(path, undefined)
  }

  async list(path: string): Promise<readonly string[]> {
    this.meet(path)
    const isIn = (entry: string) => dirname(entry) === (path === '' ? '.' : path)
    return this.paths.filter(isIn).map((entry) => entry.slice(entry.lastIndexOf('/') + 1))
  }

  async read(path: string, bytesMax: number): Promise<string | undefined> {
    this.reads.push(path)
    this.meet(path)
    return this.entries.get(path)?.slice(0, bytesMax)
  }

  async remove(path: string): Promise<void> {
    this.meet(path)
    for (const entry of this.paths) if (entry === path || entry.startsWith(`${path}/`)) this.entries.delete(entry)
  }

  private makeParents(path: string): void {
    const parent = dirname(path)
    if (parent === '.' || this.entries.has(parent)) return
    this.makeParents(parent)
    this.entries.set(parent, undefined)
  }

  private meet(path: string): void {
    const code = this.obstacles.get(path)
    if (code !== undefined) throw errnoOf(code, path)
  }
}

function errnoOf(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
