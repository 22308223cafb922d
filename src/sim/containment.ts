/**
 * What one container sees of the machine's files: its binds, in a mount namespace of its own while it runs; and, by
 * profile, what its engine mounts elsewhere for as long as the container exists (spec: kernel, A1, A10, A20, A21).
 */
import type { SimContainer } from './engine/engine.ts'
import type { FileSystem, MountNamespace, View } from './files/index.ts'

/**
 * Where a directory stands that is bound into a container. `bind-source`: nowhere special. `own-mountpoint`: it is a
 * volume in the server's own namespace. `own-child-mountpoint`: something in it is. `foreign-mountpoint`: it is one, but
 * only for others. `root-owned`: the container, as root, makes directories in it that the server may not change.
 */
export const mountProfiles = [
  'bind-source',
  'own-mountpoint',
  'own-child-mountpoint',
  'foreign-mountpoint',
  'root-owned',
] as const
export type MountProfile = (typeof mountProfiles)[number]

const ROOT = '/containers'

export class Containment {
  private readonly files: FileSystem
  private readonly host: View
  private readonly profile: MountProfile
  private readonly home: string
  private readonly inside: View
  private readonly namespace: MountNamespace
  /** Mountpoints in the server's namespace. */
  private readonly own: string[] = []
  private foreign: MountNamespace | undefined

  constructor(files: FileSystem, host: View, { id, spec }: SimContainer, profile: MountProfile) {
    this.files = files
    this.host = host
    this.profile = profile
    this.home = `${ROOT}/${id}`
    // As the engine does for binds: a source that is missing is made, as root (spec: kernel C18).
    for (const { source } of spec.binds) makeAll(host, source)
    if (spec.binds.length > 0) this.mountAround(spec.binds[0]!.source)
    this.namespace = files.cloneNamespace(files.initial)
    this.inside = files.view({ namespace: this.namespace, uid: 0 })
    for (const { source, target } of spec.binds) {
      makeAll(host, this.home + target)
      this.inside.bind(source, this.home + target)
      if (profile === 'root-owned') this.write(`${target}/.cache/index`, '', undefined)
    }
  }

  /** As the container names it; what is missing above it is made. False where the directory or its mount is gone. */
  write(path: string, text: string, writer: unknown): boolean {
    const at = this.home + path
    const above = at.slice(0, at.lastIndexOf('/'))
    if (this.inside.stat(above) === 'ENOENT') this.inside.mkdir(above)
    return this.inside.write(at, text, writer) === 'ok'
  }

  /** Its processes are gone, and its namespace with them. */
  leave(): void {
    this.inside.end()
    this.files.endNamespace(this.namespace)
  }

  /** The container is gone, and all that was mounted for it. */
  release(): void {
    for (const path of this.own) this.host.detach(path)
    if (this.foreign !== undefined) this.files.endNamespace(this.foreign)
  }

  /** A directory that is bound to itself is a mountpoint, and the same directory. */
  private mountAround(source: string): void {
    if (this.profile === 'own-mountpoint') this.mountOwn(source)
    if (this.profile === 'own-child-mountpoint') {
      this.host.mkdir(`${source}/cache`)
      this.mountOwn(`${source}/cache`)
    }
    if (this.profile === 'foreign-mountpoint') {
      this.foreign ??= this.files.cloneNamespace(this.files.initial)
      this.files.view({ namespace: this.foreign, uid: 0 }).bind(source, source)
    }
  }

  private mountOwn(path: string): void {
    if (this.host.bind(path, path) === 'ok') this.own.push(path)
  }
}

function makeAll(view: View, path: string): void {
  let above = ''
  for (const name of path.split('/').slice(1)) {
    above += `/${name}`
    view.mkdir(above)
  }
}
