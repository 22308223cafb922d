/** The real machine of incident 1, in a mount namespace of its own; each container is one below it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf } from '../../../src/host/hostError.ts'
import { removeTree } from '../../../src/host/removal.ts'
import { type Host, tell } from './story.ts'

const CONTAINER = fileURLToPath(new URL('container.ts', import.meta.url))
const [base, kind] = process.argv.slice(2) as [string, string]
const [run, seen] = [join(base, 'run'), join(base, 'c')]
const containers: ChildProcess[] = []

async function answer(work: Promise<unknown>): Promise<string> {
  try {
    const value = await work
    return Array.isArray(value) ? value.sort().join(' ') : 'ok'
  } catch (error) {
    return codeOf(error)
  }
}

const host: Host = {
  remove: () => answer(kind === 'sequential' ? removeTree(run) : rm(run, { recursive: true })),
  makeAnew: () => answer(mkdir(run)),
  write: (name) => answer(writeFile(join(run, name), '')),
  names: () => answer(readdir(run)),
  start: async () => {
    const begin = 'mount --bind "$1" "$2" && exec "$3" "$4" "$2"'
    const words = ['--mount', 'sh', '-c', begin, 'sh', run, seen, process.execPath, CONTAINER]
    const container = spawn('unshare', words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    containers.push(container)
    const ask = async (...question: readonly string[]) => {
      container.send(question)
      const [said] = await once(container, 'message')
      return String(said)
    }
    await once(container, 'message')
    return { log: () => ask('log'), write: (name) => ask('write', name), names: () => ask('names') }
  },
}

for (const path of [run, seen]) mkdirSync(path)
console.log(JSON.stringify(await tell(host)))
for (const container of containers) container.kill('SIGKILL')
