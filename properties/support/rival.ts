/** A process of its own on a database file, which does one thing whenever it is told to. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Rival {
  /** What came of it. */
  ask(): Promise<unknown>
  end(): void
}

/** Starts a script of this folder and waits until it is ready. */
export async function rival(script: string, ...argv: readonly string[]): Promise<Rival> {
  const path = new URL(script, import.meta.url).pathname
  const { stdin, stdout } = spawn(process.execPath, [path, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] })
  const said = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const heard = async () => JSON.parse((await said.next()).value as string) as unknown
  const first = await heard()
  if (first !== 'ready') throw new Error(`${script} said ${JSON.stringify(first)} before it was asked`)
  const ask = () => {
    stdin.write('now\n')
    return heard()
  }
  return { ask, end: () => stdin.end() }
}
