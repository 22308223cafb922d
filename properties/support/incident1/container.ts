/** A container of incident 1: does in its directory what it is asked for, and says what came of it. */
import { openSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../../../src/host/hostError.ts'

const directory = process.argv[2]!
const log = openSync(join(directory, 'log'), 'a')

const acts: Readonly<Record<string, (name: string) => string>> = {
  log: () => {
    writeSync(log, '.')
    return 'ok'
  },
  write: (name) => {
    writeFileSync(join(directory, name), '')
    return 'ok'
  },
  names: () => readdirSync(directory).sort().join(' '),
}

process.on('message', ([act, name]: [string, string]) => {
  try {
    process.send!(acts[act]!(name))
  } catch (error) {
    process.send!(codeOf(error))
  }
})
process.send!('ready')
