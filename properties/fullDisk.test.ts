// A full disk, for real: a worker on a small tmpfs in a mount namespace of its own.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { noNamespaces, unshared } from './support/hostHouse.ts'

const script = fileURLToPath(new URL('./support/fullDiskScript.ts', import.meta.url))
const why = noNamespaces()

test('nothing is started on a full disk, and nothing is lost', ({ skip }) => {
  skip(why !== undefined, why)
  const disk = mkdtempSync(join(tmpdir(), 'strandline-disk-'))
  const { status, stdout, stderr } = spawnSync(...unshared([process.execPath, script, disk]), {
    encoding: 'utf8',
    timeout: 60_000,
  })
  rmdirSync(disk)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({
    waiting: 'queued',
    notices: [
      expect.stringMatching(/^nothing is started: only \d+\.\d MiB are free on the disk, and 64\.0 MiB are needed/),
      expect.stringMatching(/^jobs are started again: \d+\.\d MiB are free on the disk$/),
      ...Array(2).fill(expect.any(String)),
    ],
    refused: 'SQLITE_FULL',
    unaccounted: 0,
    lateRuns: 1,
    stopped: { abandoned: 0 },
  })
})
