import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['properties/**/*.test.ts'],
    // A run is synchronous and may keep its thread busy for seconds: a worker's heartbeat must not be judged by that.
    pool: 'forks',
    // By default one processor is left to whoever waits for the result.
    maxWorkers: '100%',
    testTimeout: 120_000,
  },
})
