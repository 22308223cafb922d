/** What there is for somebody to aim at: all that a worker sees from its root, up to a limit. */
import type { View } from '../../src/sim/files/index.ts'
import type { Inode } from '../../src/sim/files/inode.ts'
import type { Mount } from '../../src/sim/files/mount.ts'
import { topmost } from '../../src/sim/files/path.ts'

const PATHS_MAX = 40

export interface Paths {
  /** With the root. */
  readonly directories: readonly string[]
  readonly files: readonly string[]
  readonly mountpoints: readonly string[]
}

export function pathsOf({ root }: View): Paths {
  const paths = { directories: ['/'], files: [] as string[], mountpoints: [] as string[] }
  let left = PATHS_MAX
  const visit = (mount: Mount, directory: Inode, path: string) => {
    for (const [name, inode] of directory.entries!) {
      if (left-- <= 0) return
      const place = topmost({ mount, inode })
      const below = `${path}/${name}`
      if (place.mount !== mount) paths.mountpoints.push(below)
      if (!place.inode.isDirectory) paths.files.push(below)
      else {
        paths.directories.push(below)
        visit(place.mount, place.inode, below)
      }
    }
  }
  visit(root.mount, root.inode, '')
  return paths
}
