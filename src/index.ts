/** strandline: deterministic simulation testing for Node.js. The orchestrator is `strandline/system`. */
export * from './explore/index.ts'
export * from './ports/index.ts'
export { storyLines, verdictLines } from './report/index.ts'
export {
  AmbientError,
  type Arrival,
  type Change,
  type Command,
  calmProfile,
  type FaultName,
  faultNames,
  faults,
  installGuard,
  type LatencyStrategy,
  Life,
  type Operation,
  type OwnedTable,
  type PickingStrategy,
  type Profile,
  type Program,
  type Reference,
  type RunInfo,
  type Scenario,
  type Schema,
  type Settings,
  type SimProcess,
  type Strategy,
  type Window,
  type WorldCommand,
  type WorldEvent,
} from './sim/index.ts'
