/** A server's view of the files of its machine. Each call that the kernel would answer is a step of its own. */
import type { Files } from '../ports/index.ts'
import type { Disk } from './disk.ts'
import { faults } from './fault.ts'
import { type Errno, removeTree, type View } from './files/index.ts'
import { machineLabel } from './hash.ts'
import type { Life } from './life.ts'
import { type Operation, replyLabel, type Window } from './operation.ts'
import { currentScope } from './scope.ts'
import { replyWindow, type World } from './world.ts'

/** Where runs keep what they write. */
export const RUNS = '/runs'

const callLabels = {
  mkdir: machineLabel('mkdir'),
  read: machineLabel('read-file'),
  readdir: machineLabel('readdir'),
  rmdir: machineLabel('rmdir'),
  unlink: machineLabel('unlink'),
  lstat: machineLabel('lstat'),
  chmod: machineLabel('chmod'),
} as const
const removeLabel = machineLabel('rm-tree')
const window: Window = { earliestUs: 20, typicalUs: 100, latestUs: 5_000 }

export class SimFiles implements Files {
  private readonly world: World
  private readonly life: Life
  private readonly disk: Disk
  private readonly view: View

  constructor(world: World, life: Life, disk: Disk, view: View) {
    this.world = world
    this.life = life
    this.disk = disk
    this.view = view
  }

  freeBytes(): number {
    return this.disk.freeBytes
  }

  absolute(path: string): string {
    return path === '' ? RUNS : `${RUNS}/${path}`
  }

  makeDirectory(path: string): Promise<void> {
    const { world, life, view, disk } = this
    const make = () => {
      const names = path.split('/')
      const last = names.pop()!
      let above = RUNS
      for (const name of names) {
        above += `/${name}`
        const made = view.mkdir(above)
        if (made !== 'ok' && made !== 'EEXIST') throw errnoError(made, 'mkdir', above)
      }
      const made = disk.isBrimful ? 'ENOSPC' : view.mkdir(`${above}/${last}`)
      if (made !== 'ok') throw errnoError(made, 'mkdir', path)
      world.changes++
      world.observer.happened({ kind: 'directoryMade', path, life: life.name })
    }
    return world.call(life, callLabels.mkdir, window, make, [`file:${path}`])
  }

  list(path: string): Promise<readonly string[]> {
    const list = () => {
      const names = this.view.readdir(this.absolute(path))
      if (names === 'ENOENT') return []
      if (typeof names === 'string') throw errnoError(names, 'readdir', path)
      return names
    }
    return this.world.call(this.life, callLabels.readdir, window, list, [`file:${path}`])
  }

  read(path: string, bytesMax: number): Promise<string | undefined> {
    const { world, life, view } = this
    const read = () => {
      const content = view.read(this.absolute(path))
      if (content === 'ENOENT') return undefined
      if (typeof content === 'string') throw errnoError(content, 'read', path)
      world.observer.happened({ kind: 'fileRead', path, writer: content.writer })
      world.tell(life.name, [`file:${path}`], `reads ${path}: ${content.text}`)
      return content.text.slice(0, bytesMax)
    }
    return world.call(life, callLabels.read, window, read, [`file:${path}`])
  }

  /** As the machine of this run does it: some go on after they have said that they failed (spec: kernel R2). */
  remove(path: string): Promise<void> {
    const { world, life, view } = this
    if (!life.alive) return new Promise(() => undefined)
    const chain = world.chainFor(removeLabel)
    const scope = currentScope()
    let pending = 0
    return new Promise((resolve, reject) => {
      const answer = (error: unknown) =>
        world.issue(life, chain, replyLabel, replyWindow, () => (error === undefined ? resolve() : reject(error)))
      const done = (failure: { readonly code: string; readonly path: string } | undefined) => {
        if (failure === undefined) world.observer.happened({ kind: 'removed', path })
        else if (failure.code === 'EBUSY') world.observer.happened({ kind: 'sometimes', name: 'a removal meets EBUSY' })
        if (failure !== undefined) world.tell(life.name, [`file:${path}`], `cannot remove ${path}: ${failure.code}`)
        answer(failure && errnoError(failure.code, 'rm', failure.path))
      }
      const schedule = (step: () => void, call: keyof typeof callLabels, at: string) => {
        const own = pending++ === 0 ? chain : world.loop.fork(chain, callLabels[call])
        const act = (operation: Operation) => {
          pending--
          if (at === this.absolute(path) && world.hazards.strikes(operation, faults.removeFail)) {
            world.observer.happened({ kind: 'fault', name: 'removeFail' })
            done({ code: 'EBUSY', path: at })
            return
          }
          const before = view.stat(at)
          step()
          if (typeof before !== typeof view.stat(at)) world.changes++
        }
        world.effect(
          life,
          own,
          scope,
          callLabels[call],
          window,
          [`file:${at.slice(RUNS.length + 1)}`],
          act,
          () => undefined,
        )
      }
      removeTree(view, this.absolute(path), world.profile.removal, schedule, done)
    })
  }
}

function errnoError(code: Errno | string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code })
}
