/** Who looks at a run: it is alone when the last of them has left, however often each of them says so. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Listener, Listeners } from '../src/system/listeners.ts'
import { settled } from './support/handDrivenMachine.ts'
import { seedNumber } from './support/seed.ts'

/** Whether nobody looks. */
async function isAlone(listeners: Listeners): Promise<boolean> {
  let alone = false
  void listeners.gone().then(() => {
    alone = true
  })
  await settled()
  return alone
}

test('nobody looks at first', async () => {
  expect(await isAlone(new Listeners())).toBe(true)
})

test('a listener that closes twice does not close another', async () => {
  const listeners = new Listeners()
  const [one, two] = [listeners.connect(), listeners.connect()]
  one.close()
  one.close()
  expect(await isAlone(listeners)).toBe(false)
  two.close()
  expect(await isAlone(listeners)).toBe(true)
})

test('who waits for them to leave waits for whoever comes meanwhile, too', async () => {
  const listeners = new Listeners()
  const first = listeners.connect()
  const waits: string[] = []
  void listeners.gone().then(() => waits.push('gone'))
  first.close()
  const second = listeners.connect()
  await settled()
  expect(waits).toEqual([])
  second.close()
  await settled()
  expect(waits).toEqual(['gone'])
})

test('whatever they do, nobody is there exactly when all have closed, and everybody who waited knows', async () => {
  const act = fc.oneof(fc.constant('connect' as const), fc.nat({ max: 4 }))
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), async (acts) => {
      const listeners = new Listeners()
      const all: Listener[] = []
      const open = new Set<Listener>()
      for (const what of acts) {
        if (what === 'connect') {
          const listener = listeners.connect()
          all.push(listener)
          open.add(listener)
        } else if (what < all.length) {
          all[what]!.close()
          open.delete(all[what]!)
        }
        expect(await isAlone(listeners)).toBe(open.size === 0)
      }
    }),
    { seed: seedNumber, numRuns: 100 },
  )
})
