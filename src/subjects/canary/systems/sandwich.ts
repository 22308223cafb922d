/** A look that falls between two steps of which nobody should see only the first. */
import { defineSystem, type Work } from '../system.ts'

const AMOUNT = 10

const cells = { left: 100, right: 0, deposited: 100, missing: 0 }
type Move = Work<keyof typeof cells>

const inOneStep: Move = (bench) =>
  bench.step('move', ['left', 'right'], ({ add }) => {
    add('left', -AMOUNT)
    add('right', AMOUNT)
  })

const inTwo: Move = async (bench) => {
  await bench.step('take', ['left'], ({ add }) => add('left', -AMOUNT))
  await bench.step('put', ['right'], ({ add }) => add('right', AMOUNT))
}

export const sandwich = defineSystem({
  name: 'sandwich',
  story: 'one moves an amount from left to right, three deposit, one audits and gives up if a deposit comes meanwhile',
  mistake: 'depth 2, among rivals: take < audit < put, which are neighbours, and no deposit between look and audit',
  cells,
  sound: inOneStep,
  flawed: inTwo,
  tasks: (move) => ({
    mover: async (bench) => {
      await bench.walk(8)
      await move(bench)
    },
    auditor: async (bench) => {
      await bench.walk(1)
      const deposited = await bench.step('look', ['deposited'], ({ read }) => read('deposited'))
      await bench.step('audit', ['left', 'right', 'deposited', 'missing'], ({ read, write }) => {
        if (read('deposited') === deposited) write('missing', deposited - read('left') - read('right'))
      })
    },
    client: async (bench) => {
      for (let n = 0; n < 3; n++)
        await bench.step('deposit', ['left', 'deposited'], ({ add }) => {
          add('left', 1)
          add('deposited', 1)
        })
    },
  }),
  crew: ['mover', 'auditor', 'client', 'client', 'client'],
  horizon: 65,
  rule: {
    name: 'AUDIT',
    story: 'no audit misses anything',
    holds: 'always',
    about: ['missing'],
    broken: (value) => (value('missing') === 0 ? undefined : `the audit misses ${value('missing')}`),
  },
})
