/** A bar on standard error; nothing at all where that is no terminal. */
import { SingleBar } from 'cli-progress'

export interface Progress {
  update(done: number, words?: string): void
  stop(): void
}

const silent: Progress = { update: () => undefined, stop: () => undefined }

export function progressBar(title: string, total: number): Progress {
  if (!process.stderr.isTTY) return silent
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${title} [{bar}] {percentage} %  {words}`,
    barsize: 24,
    clearOnComplete: true,
    linewrap: true,
  })
  bar.start(total, 0, { words: '' })
  return {
    update: (done, words = '') => bar.update(Math.min(done, total), { words }),
    stop: () => bar.stop(),
  }
}
