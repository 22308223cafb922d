// Being pid 1, in a pid namespace of its own: the program runs below a shell that reaps what nobody else waits for.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { becomeInit } from '../src/host/index.ts'
import { has, noNamespaces, unshared } from './support/hostHouse.ts'

const why = noNamespaces()
const skipped = why === undefined ? '' : ` (skipped: ${why})`
const program = join(import.meta.dirname, 'support/hostInitScript.ts')
const environment = { ...process.env, STRANDLINE_OWN: 'kept', NODE_OPTIONS: '' }

/** Runs it as pid 1, with `shell` in the place of /bin/sh. */
function asFirst(shell: string, command: readonly string[]) {
  const script = 'mount --bind "$(command -v "$0")" "$(readlink -f /bin/sh)" && exec "$@"'
  const [unshare, parameters] = unshared(['sh', '-c', script, shell, ...command])
  return spawnSync(unshare, parameters, { encoding: 'utf8', env: environment })
}

test('whoever is not the first process is left alone', () => {
  expect(process.pid).not.toBe(1)
  expect(becomeInit()).toBeUndefined()
})

describe.each(['dash', 'bash', 'busybox'])('below %s', (shell) => {
  const missing = skipped || (has(shell) ? '' : ` (skipped: there is no ${shell})`)

  test.skipIf(missing !== '')(`orphans are reaped, signals arrive, the code is passed on${missing}`, () => {
    const { status, stdout, stderr } = asFirst(shell, [process.execPath, program, 'a b', '$c'])
    expect(stderr).toBe('')
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ parent: 1, reaped: true, arguments: ['a b', '$c'], own: 'kept' })
    expect(told.pid).toBeGreaterThan(1)
    expect(status).toBe(7)
  })

  test.skipIf(missing !== '')(`a program that ends by itself is not asked twice${missing}`, () => {
    const source = `import { becomeInit } from '${new URL('../src/host/index.ts', import.meta.url)}'
      becomeInit()
      if (process.argv[1] === 'signal') process.kill(process.pid, 'SIGKILL')
      process.exit(Number(process.argv[1]))`
    const run = (argument: string) =>
      asFirst(shell, [process.execPath, '--input-type=module', '-e', source, '--', argument]).status
    expect([run('0'), run('3'), run('127'), run('signal')]).toEqual([0, 3, 127, 137])
  })
})

test.skipIf(why !== undefined)(`without a shell a sentence warns of it${skipped}`, () => {
  const source = `import { becomeInit } from '${new URL('../src/host/index.ts', import.meta.url)}'
    process.execve = undefined
    console.log(becomeInit())`
  const { stdout } = asFirst('dash', [process.execPath, '--input-type=module', '-e', source])
  expect(stdout).toMatch(
    /^this is pid 1, and Node [\d.]+ cannot replace itself by \/bin\/sh: orphans of runs stay zombies/,
  )
})
