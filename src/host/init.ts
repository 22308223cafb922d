/**
 * Node as pid 1 never reaps the orphans that pass to it: they stay zombies for ever, and whoever asks by kill(2) is told
 * that they live (spec: kernel B8). So where the program is pid 1, a shell takes its place and runs it as its child: a
 * shell that waits reaps whatever ends.
 */
import { existsSync } from 'node:fs'
import { codeOf } from './hostError.ts'

const SHELL = '/bin/sh'

/**
 * POSIX sh. A signal is passed on, also one that comes before the child is there; it interrupts `wait`, which is then
 * asked again. 127 from a wait that was asked again: it had told the code the first time already.
 */
const SCRIPT = `
child=
signal=
pass() {
  signal=$1
  [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null
}
trap 'pass TERM' TERM
trap 'pass INT' INT
trap 'pass HUP' HUP
trap 'pass QUIT' QUIT
"$@" &
child=$!
[ -z "$signal" ] || kill -s "$signal" "$child" 2>/dev/null
signal=
wait "$child"
code=$?
while [ -n "$signal" ]; do
  signal=
  wait "$child"
  next=$?
  [ "$next" -eq 127 ] || code=$next
done
exit "$code"
`

/**
 * Call it first, before anything is opened. It does not return where the program is pid 1: the same program starts anew
 * below an init, with the same arguments and environment. Otherwise undefined, or where that cannot be done a sentence
 * that warns of it: such orphans are then watched, and count as gone when they have ended, but nobody reaps them.
 */
export function becomeInit(): string | undefined {
  if (process.pid !== 1 || process.platform !== 'linux') return undefined
  const missing = obstacle()
  if (missing === undefined) {
    try {
      const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
      process.execve!(SHELL, ['sh', '-c', SCRIPT, 'sh', ...command], process.env)
    } catch (error) {
      return warning(`${SHELL} cannot be run (${codeOf(error)})`)
    }
  }
  return warning(missing!)
}

function obstacle(): string | undefined {
  if (process.execve === undefined) return `Node ${process.versions.node} cannot replace itself by ${SHELL}`
  return existsSync(SHELL) ? undefined : `there is no ${SHELL}`
}

function warning(why: string): string {
  return `this is pid 1, and ${why}: orphans of runs stay zombies; start it below an init (docker run --init)`
}
