/** Removes run 7 and tells, if that fails, what is left at once and what is left a good while later. */
import { readdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { HostFiles } from '../../src/host/index.ts'

const CALLS = 500
const root = process.argv[2]!
const left = () => (readdirSync(root, { recursive: true }) as string[]).sort()

try {
  await new HostFiles(root, '/').remove('7')
} catch (error) {
  const atOnce = left()
  // Each goes through the pool on which deletions would go on.
  for (let call = 0; call < CALLS; call++) await stat(root)
  console.log(JSON.stringify({ code: (error as { code?: unknown }).code, left: atOnce, later: left() }))
}
