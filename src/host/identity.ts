/** Which way this machine tells who its processes are. */
import { HostError } from './hostError.ts'
import type { ProcessReader, Reading } from './processRecord.ts'
import { ProcfsReader } from './procfs.ts'
import { PsReader } from './ps.ts'

/** The reader for this machine. Throws HostError where there is none. */
export function processReader(platform: NodeJS.Platform = process.platform): ProcessReader {
  if (platform === 'linux') return new ProcfsReader()
  if (platform === 'darwin') return new PsReader()
  throw new HostError(`processes cannot be told apart on ${platform}: run the orchestrator on Linux or macOS`)
}

export function readerFor(reading: Reading): ProcessReader {
  return reading.kind === 'procfs' ? new ProcfsReader() : new PsReader(reading.commands)
}
