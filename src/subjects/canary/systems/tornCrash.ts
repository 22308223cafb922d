/** Two steps that belong together, and a server that dies between them. */
import { defineSystem, type Work } from '../system.ts'

const cells = { orders: 0, payments: 0 }
type Buy = Work<keyof typeof cells>

const inOneStep: Buy = (bench) =>
  bench.step('buy', ['orders', 'payments'], ({ add }) => {
    add('orders', 1)
    add('payments', 1)
  })

const inTwo: Buy = async (bench) => {
  await bench.step('order', ['orders'], ({ add }) => add('orders', 1))
  await bench.step('pay', ['payments'], ({ add }) => add('payments', 1))
}

export const tornCrash = defineSystem({
  name: 'torn-crash',
  story: 'three clients buy something, and the server may die at every step and in every statement',
  mistake: 'depth 1, with a fault: order < the server dies < pay',
  cells,
  sound: inOneStep,
  flawed: inTwo,
  tasks: (buy) => ({ client: buy }),
  crew: ['client', 'client', 'client'],
  faults: ['crash', 'crashInStatement'],
  horizon: 25,
  rule: {
    name: 'PAYMENT',
    story: 'every order is paid',
    holds: 'at the end',
    about: ['orders', 'payments'],
    broken: (value) =>
      value('orders') === value('payments') ? undefined : `of ${value('orders')} orders ${value('payments')} are paid`,
  },
})
