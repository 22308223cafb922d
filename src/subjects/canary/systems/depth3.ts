/** A seat that is given back by somebody who no longer has it. */
import { defineSystem, type Work } from '../system.ts'

const FREE = 0
const OWNER = 1
const GUEST = 2

const cells = { seat: FREE, sitting: 0 }
type Leave = Work<keyof typeof cells>

const ifMine: Leave = (bench) =>
  bench.step('leave', ['seat'], ({ read, write }) => {
    if (read('seat') === OWNER) write('seat', FREE)
  })

const anyway: Leave = (bench) => bench.step('leave', ['seat'], ({ write }) => write('seat', FREE))

export const depth3 = defineSystem({
  name: 'depth-3',
  story: 'an owner takes a seat and leaves it, an usher clears it, a guest would like to have it',
  mistake: 'depth 3: owner takes < usher clears < guest takes < owner leaves, and frees the seat of the guest',
  cells,
  sound: ifMine,
  flawed: anyway,
  tasks: (leave) => ({
    owner: async (bench) => {
      const taken = await bench.step('take', ['seat'], ({ read, write }) => {
        if (read('seat') !== FREE) return false
        write('seat', OWNER)
        return true
      })
      if (!taken) return
      await bench.walk(1)
      await leave(bench)
    },
    guest: (bench) =>
      bench.step('sit', ['seat', 'sitting'], ({ read, write }) => {
        if (read('seat') !== FREE) return
        write('seat', GUEST)
        write('sitting', 1)
      }),
    usher: async (bench) => {
      await bench.walk(1)
      await bench.step('clear', ['seat'], ({ read, write }) => {
        if (read('seat') === OWNER) write('seat', FREE)
      })
    },
  }),
  crew: ['owner', 'guest', 'usher'],
  horizon: 25,
  rule: {
    name: 'SEAT',
    story: 'the seat of somebody who sits in it is taken',
    holds: 'always',
    about: ['seat', 'sitting'],
    broken: (value) =>
      value('sitting') === 1 && value('seat') !== GUEST ? 'the seat is free although the guest sits in it' : undefined,
  },
})
