/** A life that suffers all others: what a test opens that is not about tenancy. */
import type { OwnLife, Store } from '../../src/system/index.ts'

type Life = [server: Parameters<Store['openLife']>[0], name: string, nowMs: number]

export async function sharedLife(store: Store, ...[server, name, nowMs]: Life): Promise<OwnLife> {
  const opened = await store.openLife(server, name, true, nowMs)
  if ('rivals' in opened) throw new Error('another life on the database does not share it')
  return opened
}
