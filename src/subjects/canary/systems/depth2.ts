/** An amount that is read in one step and written in the next. */
import { defineSystem, type Work } from '../system.ts'

const cells = { total: 0, deposits: 0 }
type Deposit = Work<keyof typeof cells>

const inOneStep: Deposit = (bench) =>
  bench.step('deposit', ['total', 'deposits'], ({ add }) => {
    add('total', 1)
    add('deposits', 1)
  })

const fromReading: Deposit = async (bench) => {
  const total = await bench.step('look', ['total'], ({ read }) => read('total'))
  await bench.step('deposit', ['total', 'deposits'], ({ add, write }) => {
    write('total', total + 1)
    add('deposits', 1)
  })
}

export const depth2 = defineSystem({
  name: 'depth-2',
  story: 'two clients deposit, one of them after a walk',
  mistake: 'depth 2: one looks < the other deposits < the one deposits, from what it saw',
  cells,
  sound: inOneStep,
  flawed: fromReading,
  tasks: (deposit) => ({
    early: deposit,
    late: async (bench) => {
      await bench.walk(3)
      await deposit(bench)
    },
  }),
  crew: ['early', 'late'],
  horizon: 25,
  rule: {
    name: 'TOTAL',
    story: 'the total is what has been deposited',
    holds: 'always',
    about: ['total'],
    broken: (value) =>
      value('total') === value('deposits')
        ? undefined
        : `the total is ${value('total')} after ${value('deposits')} deposits`,
  },
})
