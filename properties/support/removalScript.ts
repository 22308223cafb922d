/**
 * Plays a scenario of a recursive removal so many times on real files, each as a line of JSON. In a mount namespace of
 * its own: it mounts a file system on the directory that it is given. Nobody can wait for what goes on after an error; but as long as it does, this process does not end.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../src/host/removal.ts'
import type { RemovalKind } from '../../src/sim/files/index.ts'
import { type Call, type RemovalScenario, scenarios } from './removalScenario.ts'

const PAUSES = 12
const BUSY = /cannot remove '(.*)': Device or resource busy/

const [base, name, kind, times] = process.argv.slice(2) as [string, string, string, string]
const scenario: RemovalScenario = scenarios[name as keyof typeof scenarios]
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', base])
const root = join(base, 't')
const source = join(base, 's')
let trials = 0

const removals: Readonly<Record<RemovalKind, () => Promise<void>>> = {
  sequential: () => removeTree(root),
  promises: () => rm(root, { recursive: true, force: true }),
  sync26: async () => rmSync(root, { recursive: true, force: true }),
  coreutils: async () => {
    const { stderr } = spawnSync('rm', ['-rf', root], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
    if (stderr !== '') throw Object.assign(new Error(stderr), { code: 'EBUSY', path: BUSY.exec(stderr)?.[1] })
  },
}

function prepare(): void {
  mkdirSync(root, { recursive: true })
  for (const path of scenario.tree) {
    if (path.endsWith('/')) mkdirSync(join(root, path), { recursive: true })
    else writeFileSync(join(root, path), '')
  }
  if (scenario.mountpoint !== undefined) writeFileSync(join(source, 's'), '')
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    return `${code} ${path?.slice(base.length)}`
  }
}

async function act(calls: readonly Call[], answers: string[]): Promise<void> {
  // Each goes through the pool on which the deletions are, so that the others come in elsewhere each time.
  for (let pause = 0; scenario.begins === 'at once' && pause < trials % PAUSES; pause++) await stat(base)
  for (const { call, path } of calls) {
    const work = call === 'mkdir' ? mkdir(join(root, path)) : writeFile(join(root, path), 'anew')
    answers.push(`${call} ${path} ${(await codeOf(work)).replace(/ .*/, '')}`)
  }
}

async function play(): Promise<void> {
  prepare()
  const answers: string[][] = scenario.acts.map(() => [])
  const acting = () => Promise.all(scenario.acts.map((calls, nth) => act(calls, answers[nth]!)))
  const removing = codeOf(removals[kind as RemovalKind]())
  const atOnce = scenario.begins === 'at once' ? acting() : undefined
  const error = await removing
  await (atOnce ?? acting())
  process.once('beforeExit', () => {
    console.log(JSON.stringify([error, answers.flat().join(', '), left()]))
    // The mount stays where it is.
    for (const path of scenario.tree.filter((path) => path !== scenario.mountpoint)) {
      rmSync(join(root, path), { recursive: true, force: true })
    }
    if (trials < Number(times)) next()
  })
}

function left(): string {
  const found = readdirSync(base, { recursive: true }) as string[]
  return found
    .filter((path) => path !== 's' && !path.startsWith('s/'))
    .sort()
    .join(' ')
}

function next(): void {
  trials++
  void play()
}

if (scenario.mountpoint !== undefined) {
  mkdirSync(source)
  prepare()
  execFileSync('mount', ['--bind', source, join(root, scenario.mountpoint)])
}
next()
