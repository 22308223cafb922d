// Runs' directories on the real disk: what is removed, what is not, and when it has ended.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HostFiles } from '../src/host/index.ts'
import { makeRunDirectory } from '../src/host/runDirectory.ts'
import type { RunId } from '../src/model/ids.ts'
import { has, noNamespaces, unshared } from './support/hostHouse.ts'

const run = 7 as RunId

function runsOn(): { files: HostFiles; root: string; place: string } {
  const place = mkdtempSync(join(tmpdir(), 'strandline-files-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const root = join(place, 'jobs.db-runs')
  return { files: new HostFiles(root, join(place, 'jobs.db')), root, place }
}

function made(files: HostFiles, id: RunId): string {
  const directory = files.directoryOf(id)
  makeRunDirectory(directory)
  return directory
}

describe('a run directory', () => {
  test('is named by the id of the run and by nothing else', () => {
    const { files, root } = runsOn()
    expect(files.outputOf(run)).toBe(join(root, '7', 'output.log'))
    for (const id of [0, -1, 1.5, Number.NaN, 2 ** 53, '../7', undefined])
      expect(() => files.directoryOf(id as RunId)).toThrow("a run's id is an integer from 1")
  })

  test('belongs to its owner alone, and begins empty even where an older database has left one', () => {
    const { files } = runsOn()
    const directory = made(files, run)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    writeFileSync(join(directory, 'old'), '')
    made(files, run)
    expect(readdirSync(directory)).toEqual([])
  })

  test('goes with all that is in it, and may be gone already', async () => {
    const { files, root } = runsOn()
    const deep = join(made(files, run), 'a/b/c')
    mkdirSync(deep, { recursive: true })
    for (const place of [deep, join(deep, '..'), join(root, '7')]) writeFileSync(join(place, 'file'), 'x')
    made(files, 8 as RunId)
    await files.removeRun(run)
    await files.removeRun(run)
    expect(readdirSync(root)).toEqual(['8'])
  })

  test('links are removed and never followed, also where the directory itself is one', async () => {
    const { files, root, place } = runsOn()
    const outside = join(place, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'kept'), '')
    symlinkSync(outside, join(made(files, run), 'link'))
    symlinkSync(outside, join(root, '8'))
    await files.removeRun(run)
    await files.removeRun(8 as RunId)
    expect(readdirSync(root)).toEqual([])
    expect(readdirSync(outside)).toEqual(['kept'])
  })

  test('goes although the run took away its own right to write there', async () => {
    const { files, root } = runsOn()
    const closed = join(made(files, run), 'closed')
    mkdirSync(closed)
    writeFileSync(join(closed, 'file'), '')
    chmodSync(closed, 0o500)
    await files.removeRun(run)
    expect(readdirSync(root)).toEqual([])
  })

  const why = has('mount') ? noNamespaces() : 'there is no mount'
  test.skipIf(why !== undefined)(`once its removal has failed nothing of it goes on${hint(why)}`, () => {
    // given a run directory in which something is mounted, among much else
    const { files, root, place } = runsOn()
    const directory = made(files, run)
    for (const name of 'abcdefgh') mkdirSync(join(directory, name, 'deep/er'), { recursive: true })
    const mounted = join(directory, 'd/mounted')
    const precious = join(place, 'precious')
    for (const path of [mounted, precious]) mkdirSync(path)
    writeFileSync(join(precious, 'kept'), '')
    // when its removal fails there
    const script = 'mount --bind "$1" "$2" && exec "$3" "$4" "$5"'
    const program = join(import.meta.dirname, 'support/hostRemovalScript.ts')
    const command = ['sh', '-c', script, 'sh', precious, mounted, process.execPath, program, root]
    const told = JSON.parse(execFileSync(...unshared(command), { encoding: 'utf8' }))
    // then the mounted directory keeps its content, and what was left at that moment is left later too
    expect(told.code).toBe('EBUSY')
    expect(readdirSync(precious)).toEqual(['kept'])
    expect(told.left).toContain('7/d/mounted/kept')
    expect(told.later).toEqual(told.left)
  })
})

test('room is counted where it is scarcest, also before there is a run', () => {
  const { files, root } = runsOn()
  const before = files.freeBytes()
  expect(before).toBeGreaterThan(0)
  expect(existsSync(root)).toBe(false)
  const missing = new HostFiles('/proc/none/of/these', '/proc/jobs.db')
  expect(missing.freeBytes()).toBe(0)
  expect(new HostFiles(root, '/proc/jobs.db').freeBytes()).toBe(0)
})

function hint(why: string | undefined): string {
  return why === undefined ? '' : ` (skipped: ${why})`
}
