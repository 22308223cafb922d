/** The real kernel, behind the helper: sequences of operations go in, one answer for each comes out. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Skipped } from '../family.ts'
import { compileHelper } from './compile.ts'

type Helper = ChildProcessByStdio<Writable, Readable, Readable>

export interface Machine {
  /** Root of the machine may have processes of several uids, root of a user namespace of one. */
  readonly isRoot: boolean
  /** The limit of a new pid namespace. */
  readonly pidMax: number
  /** Whether each namespace can have a limit of its own: since Linux 6.14. */
  readonly hasOwnLimit: boolean
}

export class Kernel {
  readonly machine: Machine
  readonly #helper: Helper
  readonly #lines: AsyncIterator<string>
  #complaint = ''

  private constructor(helper: Helper, lines: AsyncIterator<string>, machine: Machine) {
    this.#helper = helper
    this.#lines = lines
    this.machine = machine
    helper.stderr.on('data', (chunk) => {
      this.#complaint += chunk
    })
    helper.stdin.on('error', () => undefined)
  }

  /** Compiles the helper and asks it what it can do. Throws UsageError where it cannot be compiled. */
  static async start(): Promise<Kernel | Skipped> {
    if (process.platform !== 'linux') return { skipped: `this is ${process.platform}, and the test is about Linux` }
    const program = await compileHelper()
    try {
      // A session of its own: Ctrl-C is for this process, which then ends the helper.
      const helper = spawn(program.path, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
      await once(helper, 'spawn')
      const lines = linesOf(createInterface({ input: helper.stdout }))
      const first = (await lines.next()).value ?? ''
      const [, who, pidMax, limit] = /^ready (root|user) (\d+) (limited|unlimited)$/.exec(first) ?? []
      if (who === undefined) return { skipped: first.replace(/^skipped /, '') || 'the helper says nothing' }
      const machine = { isRoot: who === 'root', pidMax: Number(pidMax), hasOwnLimit: limit === 'limited' }
      return new Kernel(helper, lines, machine)
    } finally {
      await program.remove()
    }
  }

  /** Carries the commands out in worlds of their own. Throws if the helper cannot go on. */
  async run(commands: readonly string[]): Promise<string[]> {
    this.#helper.stdin.write([...commands, 'end', ''].join('\n'))
    const answers: string[] = []
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the helper has ended: ${this.#complaint.trim() || 'it did not say why'}`)
      if (value === 'end') return answers
      answers.push(value)
    }
  }

  async stop(): Promise<void> {
    if (this.#helper.exitCode !== null || this.#helper.signalCode !== null) return
    const ended = once(this.#helper, 'exit')
    this.#helper.kill('SIGKILL')
    await ended
  }
}

function linesOf(lines: Interface): AsyncIterator<string> {
  return lines[Symbol.asyncIterator]()
}
