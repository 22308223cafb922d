/** Makes another queue in a folder, and puts a job into it, each time it is told to on standard input; argv is the folder. */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openQueue } from '../../src/library/index.ts'

const folder = process.argv[2]!
let made = 0

const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`)
say('ready')
for await (const _ of createInterface({ input: process.stdin })) {
  try {
    const queue = openQueue(join(folder, `${made++}.db`))
    const id = await queue.submit({ argv: ['true'] })
    queue.close()
    say(id)
  } catch (error) {
    say(String(error))
  }
}
