/**
 * Subjects that are no part of this tool: a module's path stands for what it exports as its default. Modules are loaded
 * before a command begins, so that whoever looks a subject up need not wait; threads are told which and load them too.
 */
import { statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import type { Subject } from '../explore/index.ts'
import { subjects } from '../subjects/index.ts'
import { subjectFaultOf } from './subjectShape.ts'
import { UsageError } from './usage.ts'

interface Loaded {
  readonly subject: Subject<unknown>
  readonly path: string
  /** As the person wrote it. */
  readonly written: string
}

const extensions: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs'])
const loaded: Loaded[] = []

/** Is this the path of a module, and not the name of a subject? */
export function isPath(text: string): boolean {
  return /[/\\]/.test(text) || extensions.has(extname(text))
}

/** Paths, for threads and other processes. */
export function loadedPaths(): readonly string[] {
  return loaded.map(({ path }) => path)
}

/** Built in and loaded, by name. */
export function knownSubjects(): Readonly<Record<string, Subject<unknown>>> {
  return { ...subjects, ...Object.fromEntries(loaded.map(({ subject }) => [subject.name, subject])) }
}

/** The name of the subject that was loaded from this path; any other text is a name already. */
export function subjectName(text: string): string {
  return isPath(text) ? (loaded.find(({ path }) => path === resolve(text))?.subject.name ?? text) : text
}

/** How a person calls this subject on a command line: by its path if it came from one. */
export function writtenAs(name: string): string {
  return loaded.find(({ subject }) => subject.name === name)?.written ?? name
}

/** The words after `replay` that play this token again. */
export function replayWords(subject: string, token: string): string[] {
  const written = writtenAs(subject)
  return written === subject ? [token] : [token, '--subject', written]
}

/** Loads what a command was given as [subject] or with --subject. A bisection asks each commit for its own. */
export async function loadGiven(command: Command): Promise<void> {
  if (command.name() === 'bisect') return
  const at = command.registeredArguments.findIndex((argument) => argument.name() === 'subject')
  const positional: unknown = command.processedArgs[at]
  const { subject: flag } = command.optsWithGlobals<{ subject?: string }>()
  if (typeof positional === 'string' && isPath(positional)) await loadSubject(positional)
  if (flag === undefined || Object.hasOwn(knownSubjects(), flag)) return
  if (!isPath(flag)) throw new UsageError(`--subject takes the path of a module, such as ./${flag}.ts, not "${flag}"`)
  await loadSubject(flag)
}

/** The guard must stand before. Throws UsageError. */
export async function loadSubject(written: string): Promise<Subject<unknown>> {
  const path = resolve(written)
  const known = loaded.find((one) => one.path === path)
  if (known !== undefined) return known.subject
  assertFile(path, written)
  const exported = await importDefault(path, written)
  const fault = subjectFaultOf(exported)
  if (fault !== undefined) throw new UsageError(`"${written}" has no subject: ${fault}`)
  const subject = exported as Subject<unknown>
  const namesake = knownSubjects()[subject.name]
  if (namesake !== undefined && namesake !== subject)
    throw new UsageError(`the subject in "${written}" is called "${subject.name}" as another one is: rename it`)
  loaded.push({ subject, path, written })
  return subject
}

function assertFile(path: string, written: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new UsageError(`there is no file "${written}": give the path of a subject's module`)
  if (stats.isDirectory()) throw new UsageError(`"${written}" is a directory: give the path of a subject's module`)
}

async function importDefault(path: string, written: string): Promise<unknown> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module
  } catch (error) {
    throw new UsageError(`"${written}" ${whyNotLoaded(error)}`)
  }
  if (Object.hasOwn(module, 'default')) return module.default
  const names = Object.keys(module)
  const others = names.length === 0 ? 'exports nothing' : `exports only ${names.join(', ')}`
  throw new UsageError(`"${written}" ${others}: a subject's module says "export default defineSubject({ … })"`)
}

function whyNotLoaded(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `threw ${String(thrown)} while it was loaded`
  const message = thrown.message.trim().split('\n', 1)[0]!
  const { code } = thrown as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND') return `cannot be loaded: ${message}`
  const where = placeIn(thrown.stack ?? '')
  if (message.includes('does not provide an export')) return `cannot be loaded: ${message}${where}`
  if (thrown instanceof SyntaxError) return `cannot be parsed: ${message}${where}`
  return `threw while it was loaded: ${thrown.name}: ${message}${where}`
}

/** The first place in somebody's file that a stack names. */
function placeIn(stack: string): string {
  const place = /(file:\/\/[^\s)]+?):(\d+)/.exec(stack) ?? /(?:^|[\s(])((?:\/|[A-Z]:\\)[^\s():]+):(\d+)/m.exec(stack)
  if (place === null) return ''
  const [, file, line] = place as unknown as [string, string, string]
  return ` (${file.startsWith('file:') ? fileURLToPath(file) : file}:${line})`
}

/** What a loaded module threw in a place that no run can judge, in a sentence; undefined if it was somebody else. */
export function ownMistake(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return undefined
  const frame = thrown.stack.split('\n').find((line) => loaded.some(({ path }) => line.includes(path)))
  if (frame === undefined) return undefined
  const { written } = loaded.find(({ path }) => frame.includes(path))!
  return `"${written}" threw ${thrown.name}: ${thrown.message.split('\n', 1)[0]}${placeIn(frame)}`
}
