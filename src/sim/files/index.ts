/** Files and mounts of a simulated machine. */
export type { Answer, Errno } from './errno.ts'
export { FileSystem } from './fileSystem.ts'
export type { Inode, Writer } from './inode.ts'
export type { Mount, MountNamespace } from './mount.ts'
export type { Content, Mode, OpenFile, Stat } from './openFile.ts'
export { type RemovalKind, removeTree } from './removal.ts'
export type { Failure, Schedule } from './removalCall.ts'
export type { Entry, View } from './view.ts'
