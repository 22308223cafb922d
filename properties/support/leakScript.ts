/** Leaks everything in a process without a test runner, where imports are real ones; prints which leaks were reported. */
import { simulate } from '../../src/explore/index.ts'
import { leaks } from './leaks.ts'
import { tinyScenario, tinySubject } from './tinySubject.ts'

const reported: Record<string, string> = {}
for (const [name, leak] of Object.entries(leaks)) {
  const subject = tinySubject(async () => {
    try {
      await leak()
    } catch {
      // A subject may well swallow it.
    }
  })
  const { failures } = await simulate(subject, tinyScenario(), { choices: { kind: 'seed', seed: 1 } })
  reported[name] = failures.map(({ invariant, reason }) => `${invariant} ${reason}`).join('\n')
}
process.stdout.write(JSON.stringify(reported))
process.exit(0)
