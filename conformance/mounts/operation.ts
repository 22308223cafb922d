/**
 * The operations that are tried, as plain data, so that they shrink. A path is meant by its place among what the worker
 * sees when its turn comes; one that nobody could carry out then is left out on both sides.
 */
import type { Mode } from '../../src/sim/files/index.ts'

/** Each stands for a process; all begin at the root, in one namespace. */
export const WORKERS = 4

export type Aim =
  | { readonly at: 'directory' | 'file' | 'anything'; readonly nth: number }
  /** What one of the workers has mounted: for the others, a foreign mountpoint. */
  | { readonly at: 'mountpoint'; readonly of: number; readonly nth: number }
  /** This name in a directory, whether or not it is there. */
  | { readonly at: 'name'; readonly nth: number; readonly name: string }
  | { readonly at: 'path'; readonly path: string }

export type OnPath = 'rmdir' | 'unlink' | 'read' | 'readdir' | 'stat' | 'chdir'
export type OnMount = 'umount' | 'detach'
export type OnFile = 'fwrite' | 'fread' | 'fstat' | 'close'

export type Op =
  | { op: OnPath; who: number; path: Aim }
  | { op: OnMount; who: number; path: Aim }
  | { op: 'mkdir'; who: number; path: Aim; sticky: boolean }
  | { op: 'write' | 'append'; who: number; path: Aim }
  | { op: 'rename'; who: number; from: Aim; to: Aim }
  | { op: 'open'; who: number; path: Aim; mode: Mode }
  /** Below 0: what was opened last. */
  | { op: OnFile; who: number; file: number }
  | { op: 'bind'; who: number; from: Aim; to: Aim; readOnly: boolean }
  | { op: 'getcwd' | 'unshare'; who: number }
  /** The process ends, and another begins in the namespace of that worker. */
  | { op: 'move'; who: number; to: number }
