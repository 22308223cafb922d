/** The simulated machine. */
export type { Database, Row } from '../ports/index.ts'
export { Chain, keyOf, pathIdentity } from './chain.ts'
export { Choices, choiceKey, delayPurpose, type Keyed, type Record as ChoiceRecord, type Source } from './choices.ts'
export type { ContainerRuntime } from './containerRuntime.ts'
export { type MountProfile, mountProfiles } from './containment.ts'
export { DatabaseImage, type DatabaseSchema } from './databaseImage.ts'
export { assertDrains, drain } from './drain.ts'
export { INSTANT_US } from './eligible.ts'
export type { SimContainer } from './engine/engine.ts'
export type { WorldEvent } from './event.ts'
export { type Fault, type FaultName, faultNames, faults } from './fault.ts'
export type { RemovalKind, View as FileView } from './files/index.ts'
export { conflicts, kindOf, sameThing } from './footprint.ts'
export { AmbientError, guarded, installGuard } from './guard.ts'
export { hashText, identity, type Label, label, mixHigh, mixLow } from './hash.ts'
export { Killed, Life } from './life.ts'
export { Loop } from './loop.ts'
export { Machine } from './machine.ts'
export type { Change, OwnedTable, Reference } from './mirror.ts'
export { Operation, replyLabel, type Window } from './operation.ts'
export { type PidNamespace, ProcessTable, type SimProcess } from './processTable.ts'
export type { Program, Programs } from './program.ts'
export {
  type Arrival,
  type Command,
  calmProfile,
  type Profile,
  type Scenario,
  type Settings,
  type WorldCommand,
} from './scenario.ts'
export { type Owner, runInScope } from './scope.ts'
export { RUNS } from './simFiles.ts'
export type { Step } from './step.ts'
export type { LatencyStrategy, PickingStrategy, RunInfo, Strategy } from './strategy.ts'
export { EPOCH_MS, type Observer, type Schema, World } from './world.ts'
