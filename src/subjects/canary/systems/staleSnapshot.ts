/** A copy that was made before the last edit and is kept after the edition. */
import type { Bench } from '../bench.ts'
import { defineSystem } from '../system.ts'

const EDITS = 20

const cells = { version: 1, edition: 0, copy: 0 }
type Keep = (bench: Bench<keyof typeof cells>, seen: number) => Promise<void>

const ifUnchanged: Keep = (bench, seen) =>
  bench.step('keep', ['version', 'copy'], ({ read, write }) => {
    if (read('version') === seen) write('copy', seen)
  })

const asSeen: Keep = (bench, seen) => bench.step('keep', ['copy'], ({ write }) => write('copy', seen))

export const staleSnapshot = defineSystem({
  name: 'stale-snapshot',
  story: `a reader keeps a copy of what an editor changes ${EDITS} times and then publishes, dropping all copies`,
  mistake:
    'depth 2, by starving in the middle of a task: look < the last edit; publish < keep, the next step after the look',
  cells,
  sound: ifUnchanged,
  flawed: asSeen,
  tasks: (keep) => ({
    reader: async (bench) => {
      const seen = await bench.step('look', ['version'], ({ read }) => read('version'))
      await keep(bench, seen)
    },
    editor: async (bench) => {
      for (let n = 0; n < EDITS; n++) await bench.step('edit', ['version'], ({ add }) => add('version', 1))
      await bench.step('publish', ['version', 'edition', 'copy'], ({ read, write }) => {
        write('edition', read('version'))
        write('copy', 0)
      })
    },
  }),
  crew: ['reader', 'editor'],
  horizon: 65,
  rule: {
    name: 'COPY',
    story: 'a copy that outlives the edition is of the edition',
    holds: 'always',
    about: ['edition', 'copy'],
    broken: (value) =>
      value('edition') !== 0 && value('copy') !== 0 && value('copy') !== value('edition')
        ? `the copy is of version ${value('copy')}, the edition of version ${value('edition')}`
        : undefined,
  },
})
