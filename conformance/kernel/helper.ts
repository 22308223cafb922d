/** A program in C that speaks for the real kernel: sequences of commands go in, one answer for each comes out. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Skipped } from '../family.ts'
import { compileHelper } from './compile.ts'

type Program = ChildProcessByStdio<Writable, Readable, Readable>

export class Helper {
  /** What it can do here, as it says itself. */
  readonly traits: readonly string[]
  readonly #program: Program
  readonly #lines: AsyncIterator<string>
  #complaint = ''

  private constructor(program: Program, lines: AsyncIterator<string>, traits: readonly string[]) {
    this.#program = program
    this.#lines = lines
    this.traits = traits
    program.stderr.on('data', (chunk) => {
      this.#complaint += chunk
    })
    program.stdin.on('error', () => undefined)
  }

  /** Compiles it and asks it what it can do. Throws UsageError where it cannot be compiled. */
  static async start(sources: readonly string[], ...words: readonly string[]): Promise<Helper | Skipped> {
    if (process.platform !== 'linux') return { skipped: `this is ${process.platform}, and the test is about Linux` }
    const file = await compileHelper(sources)
    try {
      // A session of its own: Ctrl-C is for this process, which then ends the helper.
      const program = spawn(file.path, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
      await once(program, 'spawn')
      const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
      const first: string = (await lines.next()).value ?? ''
      const [word, ...traits] = first.split(' ')
      if (word === 'ready') return new Helper(program, lines, traits)
      return { skipped: first.replace(/^skipped /, '') || 'the helper says nothing' }
    } finally {
      await file.remove()
    }
  }

  /** Carries the commands out in worlds of their own. Throws if the helper cannot go on. */
  async run(commands: readonly string[]): Promise<string[]> {
    this.#program.stdin.write([...commands, 'end', ''].join('\n'))
    const answers: string[] = []
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the helper has ended: ${this.#complaint.trim() || 'it did not say why'}`)
      if (value === 'end') return answers
      answers.push(value)
    }
  }

  async stop(): Promise<void> {
    if (this.#program.exitCode !== null || this.#program.signalCode !== null) return
    const ended = once(this.#program, 'exit')
    this.#program.kill('SIGKILL')
    await ended
  }
}
