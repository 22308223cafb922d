/** Fetches pages as jobs: what is overloaded is tried again, what does not exist is not. */
import { NonRetryableError, openQueue, RetryableError, startWorker } from '../../src/library/index.ts'

const [file = 'jobs.db', ...urls] = process.argv.slice(2)
const queue = openQueue(file)
for (const url of urls) await queue.submit({ task: 'fetch', payload: { url }, maxAttempts: 3 })

const worker = await startWorker(file, {
  concurrency: 4,
  handlers: {
    fetch: async ({ id, payload }, { signal }) => {
      const { url } = payload as { url: string }
      const response = await fetch(url, { signal })
      if (response.status === 404) throw new NonRetryableError(`there is no ${url}`)
      if (response.status === 503) throw new RetryableError(`${url} is overloaded`, { afterMs: 1_000 })
      console.log(`job ${id}: ${(await response.text()).length} characters from ${url}`)
    },
  },
})
process.once('SIGTERM', () => void worker.stop().then(() => queue.close()))
