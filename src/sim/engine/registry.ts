/**
 * All containers of an engine, in the order of their creation, and who has which name. An id is never used again; a name
 * is free when the removal of its container is complete, and not before (C1, C5).
 */
import type { ContainerId } from '../../model/ids.ts'
import type { ContainerSpec } from '../../ports/index.ts'
import { EngineContainer } from './container.ts'

const ID_DIGITS = 12
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

export class Registry {
  readonly #byId = new Map<ContainerId, EngineContainer>()
  readonly #byName = new Map<string, EngineContainer>()
  #created = 0

  add(spec: ContainerSpec): EngineContainer {
    const id = (++this.#created).toString(16).padStart(ID_DIGITS, '0') as ContainerId
    const container = new EngineContainer(id, spec)
    this.#byId.set(id, container)
    this.#byName.set(spec.name, container)
    return container
  }

  /** By its id or by its name. */
  find(reference: string): EngineContainer | undefined {
    return this.#byId.get(reference as ContainerId) ?? this.#byName.get(reference)
  }

  isTaken(name: string): boolean {
    return this.#byName.has(name)
  }

  delete({ id, spec }: EngineContainer): void {
    this.#byId.delete(id)
    this.#byName.delete(spec.name)
  }

  all(): readonly EngineContainer[] {
    return [...this.#byId.values()]
  }

  running(): readonly EngineContainer[] {
    return this.all().filter(({ isRunning }) => isRunning)
  }
}

export function isName(text: string): boolean {
  return NAME.test(text)
}
