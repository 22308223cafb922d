/** How far it has got, on standard error: a bar where somebody looks, else a line now and then, so that no log falls silent. */
import { SingleBar } from 'cli-progress'
import { count, plural } from '../report/index.ts'
import type { Tally } from './tally.ts'
import { note } from './terminal.ts'

const DRAWN_EVERY_MS = 100
const LINE_EVERY_MS = 30_000

/** A function where making them costs time: it is asked for them only when they are shown. */
type Words = string | (() => string)

export interface Progress {
  update(done: number, words?: Words): void
  stop(): void
}

interface Outside {
  now(): number
  note(line: string): void
}

export function progressBar(title: string, total: number): Progress {
  return process.stderr.isTTY
    ? drawnBar(title, total)
    : plainLines(title, total, { now: () => performance.now(), note })
}

function drawnBar(title: string, total: number): Progress {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${title} [{bar}] {percentage} %  {words}`,
    barsize: 24,
    clearOnComplete: true,
    linewrap: true,
  })
  const beginMs = performance.now()
  let drawnMs = Number.NEGATIVE_INFINITY
  bar.start(total, 0, { words: '' })
  return {
    update: (done, words = '') => {
      const nowMs = performance.now()
      if (nowMs - drawnMs < DRAWN_EVERY_MS) return
      drawnMs = nowMs
      bar.update(Math.min(done, total), { words: joined(shown(words), timeLeft(done, total, nowMs - beginMs)) })
    },
    stop: () => bar.stop(),
  }
}

/** For logs: nothing from what ends within half a minute, and a line every half a minute from what does not. */
export function plainLines(title: string, total: number, { now, note }: Outside): Progress {
  const beginMs = now()
  let saidMs = beginMs
  return {
    update: (done, words = '') => {
      const nowMs = now()
      if (nowMs - saidMs < LINE_EVERY_MS) return
      saidMs = nowMs
      const percent = `${Math.floor((100 * Math.min(done, total)) / total)} %`
      note(`${title}: ${joined(percent, shown(words), timeLeft(done, total, nowMs - beginMs))}`)
    },
    stop: () => undefined,
  }
}

function shown(words: Words): string {
  return typeof words === 'string' ? words : words()
}

function joined(...words: readonly string[]): string {
  return words.filter((word) => word !== '').join(', ')
}

/** If it goes on as it went; nothing where that cannot be said yet. */
export function timeLeft(done: number, total: number, elapsedMs: number): string {
  if (done <= 0 || done >= total) return ''
  return `${duration((elapsedMs / done) * (total - done))} left`
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** The rate, and what was found so far. */
export function campaignWords(
  { scenarios, strands, violations }: Pick<Tally, 'scenarios' | 'strands' | 'violations'>,
  seconds: number,
): string {
  const rate = seconds > 0 ? `${count(Math.round(scenarios / seconds))}/s` : ''
  const found =
    strands + violations === 0 ? 'nothing found' : `${plural(strands, 'strand')}, ${plural(violations, 'violation')}`
  return joined(plural(scenarios, 'scenario'), rate, found)
}
