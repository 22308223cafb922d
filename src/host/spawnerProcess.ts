/**
 * The program that starts the runs of an orchestrator, its client, keeps their output within the limit and tells how they
 * ended. It is small and stays so: a fork costs what the memory of the forking process costs. It ends with its client, and
 * starts nothing for one that has died: by then the next one may have given those jobs to others. What runs goes on.
 */
import type { Pid } from '../model/ids.ts'
import { SpawnError } from '../ports/index.ts'
import { killGroup } from './group.ts'
import { codeOf } from './hostError.ts'
import { readerFor } from './identity.ts'
import { type Launched, launch } from './launch.ts'
import { type Output, Outputs } from './outputs.ts'
import type { LaunchNotice, LaunchRequest, SpawnerSettings } from './spawnerMessages.ts'

const { client, reading, outputBytesMax } = JSON.parse(process.argv[2]!) as SpawnerSettings
const reader = readerFor(reading)
const outputs = new Outputs(outputBytesMax)

async function serve(request: LaunchRequest): Promise<void> {
  const { id } = request
  try {
    const launched = launch(request, leaveIfAlone)
    if (launched instanceof Promise) await launched
    else adopt(id, launched)
  } catch (error) {
    if (!(error instanceof SpawnError)) throw error
    const { code, message, permanent } = error
    tell({ kind: 'failed', id, failure: { code, message, permanent } })
  }
}

/** In the same step as its start: Node reaps only between steps, so the number is still the child's, even if it has ended. */
function adopt(id: number, { child, output }: Launched): void {
  const pid = child.pid as Pid
  if (isAlone()) killGroup(pid, 'SIGKILL')
  leaveIfAlone()
  tell({ kind: 'started', id, pid, startTime: startTimeOf(pid, output) })
  outputs.watch(output)
  // Not `close`, which descendants can put off.
  child.once('exit', (code, signal) => {
    outputs.finish(output)
    tell({ kind: 'ended', id, exit: { code, signal } })
  })
}

/** Whom nobody can recognise later must not live. */
function startTimeOf(pid: Pid, output: Output): number {
  try {
    return reader.read(pid)!.startTime
  } catch (error) {
    killGroup(pid, 'SIGKILL')
    output.close()
    throw new SpawnError(codeOf(error), `pid ${pid} cannot be watched: ${String(error)}`, false)
  }
}

/** Whose parent dies gets another one at once. */
function isAlone(): boolean {
  return process.ppid !== client
}

function leaveIfAlone(): void {
  if (isAlone()) process.exit()
}

/** To a client that has gone nothing needs to be told. */
function tell(notice: LaunchNotice): void {
  process.send!(notice, undefined, undefined, () => undefined)
}

process.on('disconnect', () => process.exit())
// Whoever stops a service, or closes its terminal, may signal all of its processes: the client decides when to end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
process.on('message', (request) => void serve(request as LaunchRequest))
