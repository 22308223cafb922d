/** Starts a run's process: its directory, its output, itself. */
import { type ChildProcess, spawn } from 'node:child_process'
import { SpawnError, type SpawnSpec } from '../ports/index.ts'
import { Output } from './outputs.ts'
import { TOKEN_VARIABLE } from './processRecord.ts'
import { makeRunDirectory } from './runDirectory.ts'
import type { Launch } from './spawnerMessages.ts'
import { outputFailure, spawnFailure } from './spawnFailure.ts'

export interface Launched {
  readonly child: ChildProcess
  readonly output: Output
}

/** `ready` is called right before the start. In the step after it the child has not been reaped. Throws SpawnError. */
export function launch({ spec, home, output: file }: Launch, ready: () => void): Launched | Promise<never> {
  const output = openOutput(home, file)
  const directory = spec.directory ?? home
  const failed = (error: unknown) => {
    output.close()
    return spawnFailure(error, spec, directory)
  }
  let child: ChildProcess
  try {
    ready()
    child = start(spec, directory, output)
  } catch (error) {
    throw failed(error)
  }
  if (child.pid !== undefined) return { child, output }
  return new Promise((_, reject) => child.once('error', (error) => reject(failed(error))))
}

function openOutput(home: string, file: string): Output {
  try {
    makeRunDirectory(home)
    return new Output(file)
  } catch (error) {
    throw error instanceof SpawnError ? error : outputFailure(error, file)
  }
}

function start({ argv: [command, ...parameters], token, environment }: SpawnSpec, directory: string, output: Output) {
  const { descriptor } = output
  const odd = Object.keys(environment).find((name) => name === '' || name.includes('='))
  if (odd !== undefined) throw new SpawnError('EINVAL', `a variable cannot be called "${odd}"`, true)
  return spawn(command, parameters, {
    cwd: directory,
    env: { ...environment, [TOKEN_VARIABLE]: token },
    stdio: ['ignore', descriptor, descriptor],
    // A session, and with it a group, of its own.
    detached: true,
    shell: false,
  })
}
