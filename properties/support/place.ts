/** A directory for one test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Gone when the test has finished. */
export function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-place-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
