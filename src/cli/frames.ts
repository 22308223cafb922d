/** Stacks as their readers need them: only the frames of the system under test, with places that can be clicked. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const FRAMES_MAX = 6
/** This tool itself: what lies in these rooms only carries the call. */
const own = fileURLToPath(new URL('../', import.meta.url))
const carriers = ['sim', 'explore', 'cli', 'report']

/** `Outbox.deliverNext (docs/examples/outbox.ts:44)` for each, the innermost first. */
export function framesOf(stack: string | undefined): string[] {
  if (stack === undefined) return []
  return stack
    .split('\n')
    .flatMap((line) => frameOf(line))
    .slice(0, FRAMES_MAX)
}

function frameOf(line: string): string[] {
  const [, words = ''] = /^\s+at (.*)$/.exec(line) ?? []
  const [, name = '', inner = words] = /^(.*?) ?\((.*)\)$/.exec(words) ?? []
  const [, place, row] = /^(?:async )?(.+?):(\d+)(?::\d+)?$/.exec(inner) ?? []
  if (place === undefined || row === undefined || place.startsWith('node:')) return []
  const file = place.startsWith('file:') ? fileURLToPath(place) : place
  if (carriers.some((room) => file.startsWith(`${own}${room}/`))) return []
  if (!file.startsWith(own) && file.includes('/node_modules/')) return []
  const called = name.replace(/^async /, '').replace(/^Object\.<anonymous>$/, '')
  const where = `${shortened(file)}:${row}`
  return [called === '' ? where : `${called} (${where})`]
}

function shortened(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}
