/** `strandline up` as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class Server {
  /** What it has said on standard error. */
  complaints = ''
  /** Resolves when it says that it is up; never, if it does not come to that. */
  readonly isUp: Promise<void>
  readonly ended: Promise<Exit>
  private readonly child: ChildProcess

  constructor(file: string, concurrency: number) {
    const parameters = ['up', '--db', file, '--concurrency', String(concurrency)]
    this.child = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.isUp = new Promise((resolve) => this.child.stdout!.once('data', () => resolve()))
    this.child.stderr!.on('data', (text: Buffer) => {
      this.complaints += text.toString()
    })
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => resolve({ code, signal })))
  }

  kill(signal: NodeJS.Signals): Promise<Exit> {
    this.child.kill(signal)
    return this.ended
  }
}
