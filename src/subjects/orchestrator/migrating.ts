/** A server that finds an old database brings its tables up to date before it starts, as every program that opens one does. */
import type { Stage, View } from '../../explore/index.ts'
import { Killed } from '../../sim/index.ts'
import { isStorageError, migrate, placesOf } from '../../system/index.ts'
import { isOld } from './oldDatabase.ts'
import type { Variant } from './variant.ts'

/** As whatever starts servers would start one again that could not open its database. */
const AGAIN_MS = 500
const AGAIN_MAX_MS = 20_000

export async function migrateFirst({ life, view }: Stage, variant: Variant): Promise<void> {
  if (view.settings.oldSchema !== true) return
  const { clock, database, files, pool } = life.ports
  const bringUp = variant.migrate ?? migrate
  for (let pauseMs = AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, AGAIN_MAX_MS)) {
    try {
      const { runs } = await placesOf(files)
      const traces = { highestRun: () => Math.max(0, ...runs) }
      return await pool.run({ name: 'migrate' }, () => noticing(view, () => bringUp(database, traces)))
    } catch (error) {
      if (!isStorageError(error)) throw error
      await clock.sleep(pauseMs)
    }
  }
}

function noticing(view: View, work: () => void): void {
  const wasOld = isOld(view)
  try {
    work()
  } catch (error) {
    if (wasOld && error instanceof Killed) view.reached('a crash falls into the migration')
    throw error
  }
}
