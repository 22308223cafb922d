/** Where output goes: reports to standard output, progress and notes to standard error. */
import { styleText } from 'node:util'
import type { Paint } from '../report/index.ts'
import { exitCodes } from './usage.ts'

/** Colours only where somebody looks and NO_COLOR is not set: styleText asks the stream. */
export const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout })
export const paintNote: Paint = (style, text) => styleText(style, text, { stream: process.stderr })

export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

export function note(...lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** Does this run from a checkout, through npm scripts, or as an installed package? */
export const inCheckout = import.meta.url.endsWith('/src/cli/terminal.ts')

/** How a person calls a command of this tool from where they are. */
export function commandLine(command: string, ...rest: readonly string[]): string {
  const words = rest.length === 0 ? [] : inCheckout ? ['--', ...rest] : rest
  return [inCheckout ? `npm run -s ${command}` : `strandline ${command}`, ...words].join(' ')
}

/** What becomes of a program that cannot say anything any more. */
let silenced: (error: NodeJS.ErrnoException) => void = (error) => {
  if (error.code === 'EPIPE') process.exit()
  note(`strandline: the output cannot be written: ${error.message}`)
  // What the command was asked to do may have been done.
  process.exit(exitCodes.usage)
}

/** Whoever reads our output may stop reading: that is no reason to complain. */
export function forgiveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => silenced(error))
}

/** What serves others goes on, whoever listens. */
export function outliveClosedPipes(): void {
  silenced = () => undefined
}
