// Runs' directories on the real disk: what is removed, what is not, and when it has ended.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HostFiles } from '../src/host/index.ts'
import { makeRunDirectory } from '../src/host/runDirectory.ts'
import type { RunId } from '../src/model/ids.ts'
import { SpawnError } from '../src/ports/index.ts'
import { has, hostHouse, noNamespaces, unshared } from './support/hostHouse.ts'
import { place } from './support/place.ts'

const run = 7 as RunId

function runsOn(): { files: HostFiles; root: string; above: string } {
  const above = place()
  const root = join(above, 'jobs.db-runs')
  return { files: new HostFiles(root, join(above, 'jobs.db')), root, above }
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

  test('belongs to its owner alone', () => {
    const { files } = runsOn()
    expect(statSync(made(files, run)).mode & 0o777).toBe(0o700)
  })

  test.each(['directory', 'file', 'link'])('is not made where a %s has its name, which is left alone', (kind) => {
    // given something that this database does not know
    const { files, root } = runsOn()
    mkdirSync(root)
    const path = files.directoryOf(run)
    if (kind === 'directory') mkdirSync(join(path, 'precious'), { recursive: true })
    else if (kind === 'file') writeFileSync(path, 'precious')
    else symlinkSync('precious', path)
    // when the run begins
    const making = () => makeRunDirectory(path)
    // then it is told what is in the way, and that is as it was
    expect(making).toThrow(`${path} is in the way: it was there before the run, and it was left alone`)
    expect(making).toThrow(expect.objectContaining({ name: 'SpawnError', code: 'EEXIST', permanent: false }))
    if (kind === 'directory') expect(readdirSync(path)).toEqual(['precious'])
    else expect(kind === 'file' ? readFileSync(path, 'utf8') : readlinkSync(path)).toBe('precious')
  })

  test('in whose way something is fails the start of a process, for now', async () => {
    const { ports, spec } = hostHouse()
    const given = spec(['true'])
    await ports.files.makeDirectory(`${given.run}/precious`, 'own')
    await expect(ports.processes.spawn(given)).rejects.toMatchObject({
      code: 'EEXIST',
      permanent: false,
      message: expect.stringContaining(`${ports.files.directoryOf(given.run)} is in the way`),
    })
    expect(await ports.files.list(`${given.run}`)).toEqual(['precious'])
  })

  test('goes with all that is in it, and may be gone already', async () => {
    const { files, root } = runsOn()
    const deep = join(made(files, run), 'a/b/c')
    mkdirSync(deep, { recursive: true })
    for (const place of [deep, join(deep, '..'), join(root, '7')]) writeFileSync(join(place, 'file'), 'x')
    made(files, 8 as RunId)
    await files.remove('7')
    await files.remove('7')
    expect(readdirSync(root)).toEqual(['8'])
  })

  test('links are removed and never followed, also where the directory itself is one', async () => {
    const { files, root, above } = runsOn()
    const outside = join(above, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'kept'), '')
    symlinkSync(outside, join(made(files, run), 'link'))
    symlinkSync(outside, join(root, '8'))
    await files.remove('7')
    await files.remove('8')
    expect(readdirSync(root)).toEqual([])
    expect(readdirSync(outside)).toEqual(['kept'])
  })

  test('goes although the run took away its own right to write there', async () => {
    const { files, root } = runsOn()
    const closed = join(made(files, run), 'closed')
    mkdirSync(closed)
    writeFileSync(join(closed, 'file'), '')
    chmodSync(closed, 0o500)
    await files.remove('7')
    expect(readdirSync(root)).toEqual([])
  })

  const why = has('mount') ? noNamespaces() : 'there is no mount'
  test.skipIf(why !== undefined)(`once its removal has failed nothing of it goes on${hint(why)}`, () => {
    // given a run directory in which something is mounted, among much else
    const { files, root, above } = runsOn()
    const directory = made(files, run)
    for (const name of 'abcdefgh') mkdirSync(join(directory, name, 'deep/er'), { recursive: true })
    const mounted = join(directory, 'd/mounted')
    const precious = join(above, 'precious')
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

describe("a path in the runs' directory", () => {
  test('is the same place as an absolute one', () => {
    const { files, root } = runsOn()
    expect(files.absolute('')).toBe(root)
    expect(files.absolute('7/tape')).toBe(join(root, '7/tape'))
    expect(files.absolute('7/..a')).toBe(join(root, '7/..a'))
  })

  test('never leaves it, and is written in one way only', async () => {
    const { files, root } = runsOn()
    for (const path of ['/', '/etc', '..', '7/../8', '7/..', '.', './7', '7/', '7//tape', '7\0']) {
      const why = `a path in the runs' directory is like "7/tape", not ${JSON.stringify(path)}`
      expect(() => files.absolute(path)).toThrow(new RangeError(why))
      for (const call of [
        files.makeDirectory(path, 'own'),
        files.list(path),
        files.read(path, 1),
        files.remove(path),
      ]) {
        await expect(call).rejects.toThrow(new RangeError(why))
      }
    }
    expect(existsSync(root)).toBe(false)
  })
})

describe('a directory that is made', () => {
  test('belongs to its owner alone, as do those above it that were missing', async () => {
    const { files, root } = runsOn()
    await files.makeDirectory('7/a/b', 'own')
    for (const path of ['', '7', '7/a', '7/a/b']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o700)
  })

  test("may be everybody's who can see it, and what is above it is its owner's all the same", async () => {
    const { files, root } = runsOn()
    await files.makeDirectory('7/state', 'everybody')
    expect(statSync(join(root, '7/state')).mode & 0o7777).toBe(0o777)
    for (const path of ['', '7']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o700)
    await expect(files.makeDirectory('7', 'everybody')).rejects.toMatchObject({ code: 'EEXIST' })
    expect(statSync(join(root, '7')).mode & 0o777).toBe(0o700)
  })

  test('was not there before in any form', async () => {
    const { files, root } = runsOn()
    await files.makeDirectory('', 'own')
    await files.makeDirectory('there', 'own')
    writeFileSync(join(root, 'file'), '')
    symlinkSync('nowhere', join(root, 'link'))
    for (const path of ['', 'there', 'file', 'link']) {
      await expect(files.makeDirectory(path, 'own')).rejects.toMatchObject({ code: 'EEXIST' })
    }
    await expect(files.makeDirectory('file/in', 'own')).rejects.toMatchObject({ code: 'ENOTDIR' })
    expect(await files.list('')).toEqual(['file', 'link', 'there'])
  })

  test('is made by one of those who try at once', async () => {
    const { files } = runsOn()
    const ends = await Promise.allSettled(Array.from({ length: 5 }, () => files.makeDirectory('7/a', 'own')))
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'EEXIST' })
  })
})

test('what is in a directory is told by name, and of none it is nothing', async () => {
  const { files, root } = runsOn()
  expect(await files.list('')).toEqual([])
  for (const name of ['b', 'a', '10', '9', 'B']) await files.makeDirectory(`7/${name}`, 'own')
  writeFileSync(join(root, '7/.hidden'), '')
  expect(await files.list('7')).toEqual(['.hidden', '10', '9', 'B', 'a', 'b'])
  expect(await files.list('8')).toEqual([])
  await expect(files.list('7/.hidden')).rejects.toMatchObject({ code: 'ENOTDIR' })
})

describe('the beginning of a file', () => {
  test('is read up to so many bytes', async () => {
    const { files, root } = runsOn()
    await files.makeDirectory('7', 'own')
    writeFileSync(join(root, '7/result'), 'schön')
    writeFileSync(join(root, '7/long'), 'x'.repeat(300_000))
    writeFileSync(join(root, '7/empty'), '')
    expect(await files.read('7/result', 6)).toBe('schön')
    expect(await files.read('7/result', 3)).toBe('sch')
    expect(await files.read('7/long', 200_000)).toBe('x'.repeat(200_000))
    expect(await files.read('7/empty', 10)).toBe('')
    expect(await files.read('7/none', 10)).toBeUndefined()
    expect(await files.read('7/empty/none', 10)).toBeUndefined()
    await expect(files.read('7'.repeat(300), 10)).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
  })

  test('is not read through a link, nor from anything that is no file, and nobody is waited for', async () => {
    const { files, root, above } = runsOn()
    await files.makeDirectory('7/directory', 'own')
    writeFileSync(join(above, 'secret'), 'secret')
    symlinkSync(join(above, 'secret'), join(root, '7/link'))
    execFileSync('mkfifo', [join(root, '7/pipe')])
    for (const path of ['7/link', '7/pipe', '7/directory']) expect(await files.read(path, 10)).toBeUndefined()
  })

  test('leaves no descriptor open', async () => {
    const { files, root } = runsOn()
    await files.makeDirectory('7', 'own')
    writeFileSync(join(root, '7/file'), 'x')
    const openFiles = () => readdirSync('/dev/fd').length
    const before = openFiles()
    for (let time = 0; time < 20; time++) {
      for (const path of ['7/file', '7/none', '7']) await files.read(path, 1)
    }
    expect(openFiles()).toBe(before)
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

// Nobody may make directories there, not even root.
test.skipIf(!existsSync('/sys/kernel'))('a run that may have no directory there is not to blame for it', () => {
  const refused = thrownBy(() => makeRunDirectory('/sys/kernel/7'))
  expect(refused).toBeInstanceOf(SpawnError)
  expect(refused).toMatchObject({ code: 'EROFS', permanent: false, isExhaustion: true })
  expect((refused as SpawnError).message).toMatch(/^no run can have a directory in \/sys\/kernel: E/)
})

function thrownBy(work: () => void): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
