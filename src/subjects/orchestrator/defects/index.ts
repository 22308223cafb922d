/** The catalogue of defects: each breaks what an invariant protects, and the explorer must find it. */
import type { Defect } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import { orchestratorSubject } from '../subject.ts'
import { attemptsUnrefunded } from './attemptsUnrefunded.ts'
import { barePid } from './barePid.ts'
import { cancelForgotten } from './cancelForgotten.ts'
import { cancelSucceeds } from './cancelSucceeds.ts'
import { claimKeepsPid } from './claimKeepsPid.ts'
import { claimNotAtomic } from './claimNotAtomic.ts'
import { claimsOnFullDisk } from './claimsOnFullDisk.ts'
import { containerKept } from './containerKept.ts'
import { deletionForgotten } from './deletionForgotten.ts'
import { deletionUnheard } from './deletionUnheard.ts'
import { drainWithoutBeat } from './drainWithoutBeat.ts'
import { exitUnheard } from './exitUnheard.ts'
import type { Flaw } from './flaw.ts'
import { gateForgetsFailed } from './gateForgetsFailed.ts'
import { idsReturn } from './idsReturn.ts'
import { killOnce } from './killOnce.ts'
import { lateBeat } from './lateBeat.ts'
import { lateStamp } from './lateStamp.ts'
import { leaseIgnored } from './leaseIgnored.ts'
import { looksTooEarly } from './looksTooEarly.ts'
import { migrationFromSurvivors } from './migrationFromSurvivors.ts'
import { migrationNotTransactional } from './migrationNotTransactional.ts'
import { mountKept } from './mountKept.ts'
import { mountShared } from './mountShared.ts'
import { noSanitizer } from './noSanitizer.ts'
import { noSpawnTimeout } from './noSpawnTimeout.ts'
import { noSweeper } from './noSweeper.ts'
import { published } from './published.ts'
import { readyIgnored } from './readyIgnored.ts'
import { reapedAtStop } from './reapedAtStop.ts'
import { reapedInTwo } from './reapedInTwo.ts'
import { reapKeepsPid } from './reapKeepsPid.ts'
import { reapUnguarded } from './reapUnguarded.ts'
import { registryById } from './registryById.ts'
import { removeRunning } from './removeRunning.ts'
import { removesLate } from './removesLate.ts'
import { requeueKeepsPid } from './requeueKeepsPid.ts'
import { restartKeepsPid } from './restartKeepsPid.ts'
import { rowsBeforeDirectories } from './rowsBeforeDirectories.ts'
import { runIdReuse } from './runIdReuse.ts'
import { sanitizerIgnoresSwitch } from './sanitizerIgnoresSwitch.ts'
import { sanitizerUnguarded } from './sanitizerUnguarded.ts'
import { signalForgotten } from './signalForgotten.ts'
import { signalsLeft } from './signalsLeft.ts'
import { straysIgnored } from './straysIgnored.ts'
import { takeoverWithoutKill } from './takeoverWithoutKill.ts'
import { taskEndLost } from './taskEndLost.ts'
import { tenancyNotAtomic } from './tenancyNotAtomic.ts'
import { tier1Foreign } from './tier1Foreign.ts'
import { tier1NullPid } from './tier1NullPid.ts'
import { tier1Off } from './tier1Off.ts'
import { tier2StaleRun } from './tier2StaleRun.ts'
import { tier3WallClock } from './tier3WallClock.ts'
import { timeoutWithoutKill } from './timeoutWithoutKill.ts'
import { tokenInside } from './tokenInside.ts'
import { transientKeepsPid } from './transientKeepsPid.ts'
import { transientUncounted } from './transientUncounted.ts'
import { unfencedEnd } from './unfencedEnd.ts'
import { unfencedResult } from './unfencedResult.ts'
import { unguardedOutcome } from './unguardedOutcome.ts'

const flaws: readonly Flaw[] = [
  published,
  restartKeepsPid,
  requeueKeepsPid,
  transientKeepsPid,
  reapKeepsPid,
  claimKeepsPid,
  noSanitizer,
  sanitizerUnguarded,
  sanitizerIgnoresSwitch,
  barePid,
  lateStamp,
  unfencedEnd,
  claimNotAtomic,
  tier1NullPid,
  tier1Foreign,
  tier1Off,
  tier2StaleRun,
  tier3WallClock,
  reapUnguarded,
  noSpawnTimeout,
  timeoutWithoutKill,
  noSweeper,
  takeoverWithoutKill,
  leaseIgnored,
  drainWithoutBeat,
  cancelForgotten,
  transientUncounted,
  attemptsUnrefunded,
  gateForgetsFailed,
  tenancyNotAtomic,
  claimsOnFullDisk,
  removeRunning,
  rowsBeforeDirectories,
  deletionForgotten,
  signalForgotten,
  taskEndLost,
  exitUnheard,
  straysIgnored,
  lateBeat,
  migrationFromSurvivors,
  migrationNotTransactional,
  runIdReuse,
  removesLate,
  signalsLeft,
  idsReturn,
  unfencedResult,
  cancelSucceeds,
  containerKept,
  readyIgnored,
  unguardedOutcome,
  registryById,
  killOnce,
  deletionUnheard,
  reapedInTwo,
  reapedAtStop,
  tokenInside,
  mountShared,
  looksTooEarly,
  mountKept,
]

export const defects: Readonly<Record<string, Defect<OrchestratorCommand>>> = Object.fromEntries(
  flaws.map(({ variant, ...flaw }) => [
    flaw.name,
    { ...flaw, mutant: orchestratorSubject({ ...variant, name: flaw.name }) },
  ]),
)
