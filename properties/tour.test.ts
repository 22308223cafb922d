/** The main job, as somebody sees it who has just installed the thing. */
import { expect, it } from 'vitest'
import { strandline } from './support/cli.ts'

it('npm start shows the main job within a minute', async () => {
  const beginMs = performance.now()
  const { code, stdout } = await strandline(['tour'])
  expect(performance.now() - beginMs).toBeLessThan(60_000)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^1 {2}\w+ as it is\nnothing found: /m)
  expect(stdout).toMatch(/^2 {2}The same with a known mistake put back: /m)
  expect(stdout).toMatch(/broken {3}[A-Z]+(-\d+)?: .+\n +because {2}.+\n/)
  expect(stdout).toMatch(/^npm run -s replay -- strand\d\.\w+\+[\w-]+\.[\w-]+\.[0-9a-f]{8}$/m)
  expect(stdout).toMatch(/^3 {2}.*\nreplayed: .* byte for byte/m)
  expect(stdout).toMatch(
    /^4 {2}.*\n +scenarios +strands +95 % interval +violations +95 % interval\n +as it is, all families /m,
  )
  expect(stdout.match(/^ {2}with [\w-]+, family /gm)).toHaveLength(4)
})
