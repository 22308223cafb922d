/** A letter that is posted after the office has closed. */
import { defineSystem, type Work } from '../system.ts'

const STEPS = 25

const cells = { handled: 0, closed: 0, posted: 0 }
type Post = Work<keyof typeof cells>

const whileOpen: Post = (bench) =>
  bench.step('post', ['closed', 'posted'], ({ read, write }) => {
    if (read('closed') === 0) write('posted', 1)
  })

const atAnyTime: Post = (bench) => bench.step('post', ['posted'], ({ write }) => write('posted', 1))

export const starved = defineSystem({
  name: 'starved',
  story: `a letter is posted to an office that closes after ${STEPS} steps and collects what has come`,
  mistake: `depth 1, by starving: close, the last of ${STEPS + 1} steps < post, the only step of its task`,
  cells,
  sound: whileOpen,
  flawed: atAnyTime,
  tasks: (post) => ({
    client: post,
    office: async (bench) => {
      for (let n = 0; n < STEPS; n++) await bench.step('handle', ['handled'], ({ add }) => add('handled', 1))
      await bench.step('close', ['closed', 'posted'], ({ write }) => {
        write('closed', 1)
        write('posted', 0)
      })
    },
  }),
  crew: ['client', 'office'],
  horizon: 70,
  rule: {
    name: 'CLOSED',
    story: 'nothing is posted to an office that has closed',
    holds: 'always',
    about: ['closed', 'posted'],
    broken: (value) =>
      value('closed') === 1 && value('posted') === 1 ? 'a letter is in an office that has closed' : undefined,
  },
})
