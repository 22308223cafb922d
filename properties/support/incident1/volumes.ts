/**
 * What stood around the engine of incident 1: the state directory of a container is a mountpoint in the orchestrator's own
 * mount namespace, as long as the container exists (spec: kernel A1, A21); and what is to be bound and is missing is made
 * (C18).
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { ContainerId } from '../../../src/model/ids.ts'
import type { Containers } from '../../../src/ports/index.ts'
import type { MountProfile } from '../../../src/sim/index.ts'

/** Those of the simulator's that the re-enactment knows. */
export type Mounts = Extract<MountProfile, 'own-mountpoint' | 'bind-source'>

/** A directory that is bound to itself is the same directory, and busy. The state is the first bind of a container. */
export function withVolumes(containers: Containers, mounts: Mounts): Containers {
  const states = new Map<ContainerId, string>()
  const mounted = new Set<ContainerId>()
  const around: Pick<Containers, 'create' | 'start' | 'remove'> = {
    create: async (spec) => {
      for (const { source } of spec.binds) mkdirSync(source, { recursive: true })
      const id = await containers.create(spec)
      states.set(id, spec.binds[0]!.source)
      return id
    },
    start: async (id) => {
      await containers.start(id)
      if (mounts === 'bind-source') return
      const state = states.get(id)!
      execFileSync('mount', ['--bind', state, state])
      mounted.add(id)
    },
    remove: async (id) => {
      await containers.remove(id)
      if (mounted.delete(id)) execFileSync('umount', ['--lazy', states.get(id)!])
    },
  }
  return Object.assign(Object.create(containers) as Containers, around)
}

/** What is mounted below a directory in this mount namespace. */
export function mountpointsIn(directory: string): readonly string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
  return points.filter((point) => point.startsWith(`${directory}/`)).map((point) => relative(directory, point))
}
