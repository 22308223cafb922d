/** Why a process could not be started, in words, and whether trying again can help. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { SpawnError, type SpawnSpec } from '../ports/index.ts'
import { codeOf } from './hostError.ts'

/** Where execvp(3) looks when the environment has no PATH. */
const PATH_DEFAULT = '/bin:/usr/bin'
const SHEBANG = /^#!\s*(\S+)/

/** What about the job itself is wrong: it will be so the next time. */
const permanent: Readonly<Record<string, string>> = {
  EACCES: 'it may not be executed',
  EPERM: 'it may not be executed',
  ENOEXEC: 'it is not a program',
  ENOTDIR: 'a part of its path is not a directory',
  EISDIR: 'it is a directory',
  ELOOP: 'there are too many links on its path',
  ENAMETOOLONG: 'its name is too long',
  E2BIG: 'its arguments and environment are too long',
  ERR_INVALID_ARG_VALUE: 'an argument or a variable holds a character that none can hold',
  ERR_INVALID_ARG_TYPE: 'an argument or a variable is not a text',
}

export function spawnFailure(error: unknown, { argv, environment }: SpawnSpec, directory: string): SpawnError {
  if (error instanceof SpawnError) return error
  const code = codeOf(error)
  const [command] = argv
  const wrongPlace = notADirectory(directory)
  if (wrongPlace !== undefined && permanently(code)) {
    return new SpawnError(code, `its working directory ${directory} ${wrongPlace}`, true)
  }
  const there = placesOf(command, environment.PATH, directory).find((place) => existsSync(place))
  // The kernel says the same of a missing interpreter, and EACCES where a part of the PATH may not be entered.
  if (there === undefined && (code === 'ENOENT' || command === '' || (code === 'EACCES' && !command.includes('/')))) {
    return new SpawnError(code, `there is no such command: ${printable(command)}`, true)
  }
  if (there !== undefined && code === 'ENOENT') return new SpawnError(code, uninterpreted(there), true)
  const why = permanent[code]
  if (why !== undefined) return new SpawnError(code, `cannot start ${printable(command)}: ${why} (${code})`, true)
  return new SpawnError(code, `cannot start ${printable(command)} now: ${code || String(error)}`, false)
}

/** The run's own directory or output could not be made. */
export function outputFailure(error: unknown, path: string): SpawnError {
  const code = codeOf(error)
  return new SpawnError(code, `cannot make ${path} for the output: ${code || String(error)}`, false)
}

function permanently(code: string): boolean {
  return code === 'ENOENT' || code in permanent
}

function notADirectory(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return 'is not a directory'
    accessSync(directory, constants.X_OK)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return 'does not exist'
    return code === 'ERR_INVALID_ARG_VALUE' ? 'holds a character that no path can hold' : `cannot be entered (${code})`
  }
}

function uninterpreted(program: string): string {
  return `cannot start ${program}: its interpreter is missing, ${interpreterOf(program) ?? 'the loader that it names'}`
}

function placesOf(command: string, path = PATH_DEFAULT, directory: string): readonly string[] {
  if (command.includes('/')) return [resolve(directory, command)]
  return command === '' ? [] : path.split(':').map((place) => resolve(directory, place, command))
}

function interpreterOf(file: string): string | undefined {
  try {
    return SHEBANG.exec(readFileSync(file, 'latin1'))?.[1]
  } catch {
    return undefined
  }
}

function printable(command: string): string {
  return command === '' ? '""' : command.replaceAll('\0', '\\0')
}
