/** Simulated files for one test: a host, and a container that has a directory of it. */
import { expect } from 'vitest'
import { FileSystem, type OpenFile, type View } from '../../src/sim/files/index.ts'

/** A host with a run directory, and a container that has it at /c/state. */
export function machine() {
  const files = new FileSystem()
  const host = files.view({ namespace: files.initial, uid: 0 })
  for (const path of ['/runs', '/runs/1', '/runs/1/state', '/c', '/c/state', '/c/other']) {
    expect(host.mkdir(path)).toBe('ok')
  }
  const container = files.view({ namespace: files.cloneNamespace(files.initial), uid: 0 })
  expect(container.bind('/runs/1/state', '/c/state')).toBe('ok')
  return { files, host, container }
}

export function opened(file: OpenFile | string): OpenFile {
  if (typeof file === 'string') throw new Error(file)
  return file
}

export function generationOf(view: View, path: string): number {
  const stat = view.stat(path)
  if (typeof stat === 'string') throw new Error(stat)
  return stat.generation
}

export function textOf(view: View, path: string): string {
  const content = view.read(path)
  return typeof content === 'string' ? content : content.text
}
