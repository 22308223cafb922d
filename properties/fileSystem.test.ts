// The simulated files and mounts, row by row of the kernel's rules: who is busy, and what a removal leaves to whom. That the
// rules are the kernel's is shown in conformanceMounts.test.ts.

import { describe, expect, test } from 'vitest'
import { generationOf, machine, opened, textOf } from './support/simulatedFiles.ts'

describe('busy', () => {
  test('A1: a mountpoint of the own namespace can be neither removed nor renamed, nor renamed over', () => {
    const { container } = machine()
    container.mkdir('/empty')
    expect(container.rmdir('/c/state')).toBe('EBUSY')
    expect(container.rename('/c/state', '/c/moved')).toBe('EBUSY')
    expect(container.rename('/empty', '/c/state')).toBe('EBUSY')
  })

  test('A1: also where it is reached through another bind of its parent', () => {
    const { container } = machine()
    container.mkdir('/again')
    container.bind('/c', '/again')
    expect(container.rmdir('/again/state')).toBe('EBUSY')
  })

  test('A2: a file that is a mountpoint is busy; unlinking a directory is EISDIR before that', () => {
    const { container } = machine()
    container.write('/env', 'A=1')
    container.write('/c/env', '')
    container.bind('/env', '/c/env')
    expect(container.unlink('/c/env')).toBe('EBUSY')
    expect(container.rename('/c/env', '/c/old')).toBe('EBUSY')
    expect(container.rename('/env', '/c/env')).toBe('EBUSY')
    expect(container.unlink('/c/state')).toBe('EISDIR')
  })

  test('A3: missing, then permission, then kind, then busy, then full', () => {
    const { files, host, container } = machine()
    const guest = files.view({ namespace: container.namespace, uid: 1000 })
    host.write('/c/state/hidden', 'below the mount')
    expect(container.rmdir('/c/missing')).toBe('ENOENT')
    expect(guest.rmdir('/c/state')).toBe('EACCES')
    expect(guest.unlink('/c/state')).toBe('EACCES')
    expect(container.rmdir('/c/state')).toBe('EBUSY')
    expect(host.rmdir('/c/state')).toBe('ENOTEMPTY')
  })

  test('A3: in a sticky directory others are EPERM', () => {
    const { files, host } = machine()
    host.mkdir('/tmp', { sticky: true })
    const [one, other] = [1000, 1001].map((uid) => files.view({ namespace: files.initial, uid }))
    expect(one?.mkdir('/tmp/mine')).toBe('ok')
    expect(other?.rmdir('/tmp/mine')).toBe('EPERM')
    expect(other?.unlink('/tmp/mine')).toBe('EPERM')
    expect(one?.rmdir('/tmp/mine')).toBe('ok')
  })

  test('A4: whoever renames a directory above a mountpoint takes the mount along', () => {
    const { container, host } = machine()
    host.write('/runs/1/state/result', 'done')
    expect(container.rename('/c', '/d')).toBe('ok')
    expect(textOf(container, '/d/state/result')).toBe('done')
    expect(container.rmdir('/d/state')).toBe('EBUSY')
  })

  test('A5: a bind source is never busy, nor is what is open or where somebody stands', () => {
    const { host, container } = machine()
    const file = opened(container.open('/c/state', 'read'))
    expect(container.chdir('/c/state')).toBe('ok')
    expect(host.rename('/runs/1/state', '/runs/1/moved')).toBe('ok')
    expect(host.rmdir('/runs/1/moved')).toBe('ok')
    expect(file.stat()).toMatchObject({ kind: 'directory', nlink: 0 })
  })
})

describe('what a removal leaves to the container', () => {
  test('A6: it sees an empty directory in which nothing can be made, and what is open goes on', () => {
    const { host, container } = machine()
    const log = opened(container.open('/c/state/log', 'append', 'run 1'))
    host.unlink('/runs/1/state/log')
    expect(host.rmdir('/runs/1/state')).toBe('ok')
    expect(container.readdir('/c/state')).toEqual([])
    expect(container.stat('/c/state')).toMatchObject({ nlink: 0 })
    expect(container.write('/c/state/new', 'x')).toBe('ENOENT')
    expect(container.mkdir('/c/state/new')).toBe('ENOENT')
    expect(container.rename('/c/other', '/c/state/new')).toBe('EXDEV')
    expect(container.rmdir('/c/state')).toBe('EBUSY')
    expect(log.write('unseen')).toBe('ok')
    expect(log.stat()).toMatchObject({ nlink: 0, size: 6 })
  })

  test('A7: what is made anew at the same path is another directory, which only a new container sees', () => {
    const { files, host, container } = machine()
    const before = generationOf(host, '/runs/1/state')
    host.rmdir('/runs/1/state')
    host.mkdir('/runs/1/state')
    const late = files.view({ namespace: files.cloneNamespace(files.initial), uid: 0 })
    late.bind('/runs/1/state', '/c/state')
    host.write('/runs/1/state/result', 'second', 'run 2')
    expect(generationOf(container, '/c/state')).toBe(before)
    expect(generationOf(late, '/c/state')).toBe(generationOf(host, '/runs/1/state'))
    expect(generationOf(host, '/runs/1/state')).not.toBe(before)
    expect(container.read('/c/state/result')).toBe('ENOENT')
    expect(late.read('/c/state/result')).toMatchObject({ text: 'second', writer: 'run 2' })
  })

  test('A8: where only the content was removed, what the container makes next is seen again', () => {
    const { host, container } = machine()
    container.write('/c/state/old', 'x')
    host.unlink('/runs/1/state/old')
    expect(container.readdir('/c/state')).toEqual([])
    expect(container.write('/c/state/new', 'y')).toBe('ok')
    expect(host.readdir('/runs/1/state')).toEqual(['new'])
  })

  test('A9: a source that was renamed goes on being written to', () => {
    const { host, container } = machine()
    host.rename('/runs/1/state', '/runs/1/aside')
    host.mkdir('/runs/1/state')
    container.write('/c/state/result', 'aside')
    expect(host.readdir('/runs/1/state')).toEqual([])
    expect(textOf(host, '/runs/1/aside/result')).toBe('aside')
  })

  test('A10: a mountpoint of others goes, their mount with it, and its source stays', () => {
    const { host, container } = machine()
    container.write('/c/state/result', 'done')
    expect(host.rename('/c/state', '/c/other')).toBe('ok')
    expect(textOf(container, '/c/other/result')).toBe('done')
    expect(host.rmdir('/c/other')).toBe('ok')
    expect(container.stat('/c/other')).toBe('ENOENT')
    expect(textOf(host, '/runs/1/state/result')).toBe('done')
  })

  test('A10: so does one that is renamed over', () => {
    const { host, container } = machine()
    expect(host.rename('/c/other', '/c/state')).toBe('ok')
    expect(container.readdir('/c/state')).toEqual([])
    expect(container.rmdir('/c/state')).toBe('ok')
  })

  test('A11: who stands in a mount that was detached goes on there, and can mount nothing', () => {
    const { host, container } = machine()
    host.mkdir('/runs/1/state/below')
    container.bind('/c/other', '/c/state/below')
    container.chdir('/c/state')
    expect(host.rmdir('/c/state')).toBe('ok')
    expect(container.write('result', 'still')).toBe('ok')
    expect(textOf(host, '/runs/1/state/result')).toBe('still')
    expect(container.bind('/c/other', '.')).toBe('ENOENT')
    expect(container.umount('.')).toBe('EINVAL')
    expect(container.getcwd()).toBe('ENOENT')
    expect(generationOf(container, 'below')).toBe(generationOf(host, '/c/other'))
  })

  test('A12: a file bind keeps the old file when the source is replaced, and sees it rewritten in place', () => {
    const { host, container } = machine()
    host.write('/env', 'A=1')
    host.write('/c/env', '')
    container.bind('/env', '/c/env')
    host.write('/env', 'A=2')
    expect(textOf(container, '/c/env')).toBe('A=2')
    host.write('/env.new', 'A=3')
    host.rename('/env.new', '/env')
    expect(textOf(container, '/c/env')).toBe('A=2')
    expect(container.stat('/c/env')).toMatchObject({ nlink: 0 })
  })

  test('A13: in a directory that was removed there is no path and nothing to be made, only the way out', () => {
    const { host } = machine()
    host.chdir('/runs/1/state')
    host.rmdir('/runs/1/state')
    expect(host.getcwd()).toBe('ENOENT')
    expect(host.write('x', '')).toBe('ENOENT')
    expect(host.readdir('.')).toEqual([])
    expect(host.chdir('..')).toBe('ok')
    expect(host.getcwd()).toBe('/runs/1')
  })
})

describe('what is open', () => {
  test('is written where one stands, over what others wrote there, and appended to at its end', () => {
    const { host } = machine()
    const one = opened(host.open('/file', 'write', 'one'))
    const other = opened(host.open('/file', 'append', 'other'))
    expect(one.write('abc', 'one')).toBe('ok')
    expect(other.write('def', 'other')).toBe('ok')
    expect(one.write('XY', 'one')).toBe('ok')
    expect(host.read('/file')).toMatchObject({ text: 'abcXYf', writer: 'one' })
    host.write('/file', '')
    one.write('!')
    expect(textOf(host, '/file')).toBe('\0\0\0\0\0!')
  })

  test('can only be what it was opened for, and nothing once it is closed', () => {
    const { host } = machine()
    const file = opened(host.open('/file', 'append'))
    const directory = opened(host.open('/runs', 'read'))
    expect([file.read(), directory.read(), directory.write('x')]).toEqual(['EBADF', 'EISDIR', 'EBADF'])
    expect([file.close(), file.close(), file.write('x'), file.stat()]).toEqual(['ok', 'EBADF', 'EBADF', 'EBADF'])
  })
})

describe('renames and mounts', () => {
  test('A14: what a rename refuses', () => {
    const { host, container } = machine()
    container.write('/c/file', 'x')
    container.mkdir('/again')
    container.bind('/c', '/again')
    expect(container.rename('/c/file', '/again/file')).toBe('EXDEV')
    expect(container.rename('/c/other/.', '/c/x')).toBe('EBUSY')
    expect(container.rmdir('/c/other/.')).toBe('EINVAL')
    expect(container.rmdir('/')).toBe('EBUSY')
    expect(host.rename('/runs', '/runs/1/state/below')).toBe('EINVAL')
    expect(host.rename('/c/other', '/runs')).toBe('ENOTEMPTY')
    expect(host.rename('/c/file', '/c/other')).toBe('EISDIR')
    expect(host.rename('/c/other', '/c/file')).toBe('ENOTDIR')
    expect(textOf(host, '/c/file')).toBe('x')
  })

  test('A16: umount refuses what is used, umount -l does not', () => {
    const { container } = machine()
    expect(container.umount('/c')).toBe('EINVAL')
    const file = opened(container.open('/c/state/file', 'write'))
    expect(container.umount('/c/state')).toBe('EBUSY')
    expect(container.detach('/c/state')).toBe('ok')
    expect(container.stat('/c/state/file')).toBe('ENOENT')
    expect(file.write('still')).toBe('ok')
    expect(container.rmdir('/c/state')).toBe('ok')
  })

  test('A16: umount waits for cwd, open files and mounts below', () => {
    const { container } = machine()
    container.chdir('/c/state')
    expect(container.umount('/c/state')).toBe('EBUSY')
    container.mkdir('below')
    container.bind('/c/other', '/c/state/below')
    container.chdir('/')
    expect(container.umount('/c/state')).toBe('EBUSY')
    expect(container.umount('/c/state/below')).toBe('ok')
    expect(container.umount('/c/state')).toBe('ok')
    expect(container.umount('/c/state')).toBe('EINVAL')
  })

  test('A17: what a bind refuses, and that the last of several is seen', () => {
    const { container } = machine()
    container.write('/file', 'x')
    expect(container.bind('/missing', '/c/other')).toBe('ENOENT')
    expect(container.bind('/file', '/c/other')).toBe('ENOTDIR')
    expect(container.bind('/c', '/file')).toBe('ENOTDIR')
    container.write('/runs/1/seen', 'x')
    expect(container.bind('/runs/1', '/c/state')).toBe('ok')
    expect(container.readdir('/c/state')).toEqual(['seen', 'state'])
    expect(container.umount('/c/state')).toBe('ok')
    expect(container.readdir('/c/state')).toEqual([])
  })

  test('A17: a directory without a name can be neither source nor target', () => {
    const { host, container } = machine()
    host.rmdir('/runs/1/state')
    expect(container.bind('/c/state', '/c/other')).toBe('ENOENT')
    expect(container.bind('/c/other', '/c/state')).toBe('ENOENT')
  })

  test('A18: nothing changes through a read-only bind, and through its source it does', () => {
    const { container } = machine()
    expect(container.bind('/runs/1/state', '/c/other', { readOnly: true })).toBe('ok')
    container.write('/c/state/file', 'x')
    expect(container.write('/c/other/file', 'y')).toBe('EROFS')
    expect(container.write('/c/other/new', 'y')).toBe('EROFS')
    expect(container.unlink('/c/other/file')).toBe('EROFS')
    expect(container.rmdir('/c/other/missing')).toBe('EROFS')
    expect(textOf(container, '/c/other/file')).toBe('x')
  })

  test('a namespace that ends takes its mounts along', () => {
    const { files, host, container } = machine()
    host.chdir('/c/state')
    files.endNamespace(container.namespace)
    expect(container.readdir('/c/state')).toEqual([])
    expect(generationOf(container, '/c/state')).toBe(generationOf(host, '.'))
  })

  test('whoever has a directory may change it, and others may not', () => {
    const { files, host } = machine()
    const user = files.view({ namespace: files.initial, uid: 1000 })
    host.write('/runs/1/state/file', 'x')
    expect(user.write('/runs/new', 'y')).toBe('EACCES')
    expect(user.write('/runs/1/state/file', 'y')).toBe('EACCES')
    expect(user.append('/runs/1/state/file', 'y')).toBe('EACCES')
    expect(user.unlink('/runs/1/state/file')).toBe('EACCES')
    expect(user.rename('/runs/1', '/runs/2')).toBe('EACCES')
    expect(user.bind('/runs', '/c')).toBe('EPERM')
    expect(textOf(user, '/runs/1/state/file')).toBe('x')
  })
})

test('the same calls give the same generations', () => {
  const told = () => {
    const { host, container } = machine()
    container.write('/c/state/a', '1')
    host.mkdir('/runs/2')
    return [generationOf(container, '/c/state/a'), generationOf(host, '/runs/2')]
  }
  expect(told()).toEqual(told())
})
