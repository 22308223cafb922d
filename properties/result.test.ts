/** What the agent in a container says of its end: only what is well said counts, and nothing that it does breaks anything. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readResult } from '../src/system/result.ts'
import { HandDrivenFiles } from './support/handDrivenFiles.ts'
import { seedNumber } from './support/seed.ts'

const STATE = '7/state-token'

function said(result: string | undefined, session?: string) {
  const files = new HandDrivenFiles()
  if (result !== undefined) files.write(`${STATE}/result.json`, result)
  if (session !== undefined) files.write(`${STATE}/session-id`, session)
  return readResult(files, STATE)
}

test.each([0, 1, 75, 137, 255])('an exit code of %s is said', async (code) => {
  expect(await said(JSON.stringify({ exit_code: code, more: [] }))).toEqual({ code })
})

test.each([
  undefined,
  '',
  'null',
  '0',
  '[]',
  '{',
  '{}',
  '{"exit_code": null}',
  '{"exit_code": "0"}',
  '{"exit_code": 0.5}',
  '{"exit_code": -1}',
  '{"exit_code": 256}',
  '{"exit_code": 1e400}',
  '{"exit_code": [0]}',
])('%s says nothing', async (text) => {
  expect(await said(text)).toEqual({})
})

test('a session is what its file says, without the end of the line, or nothing', async () => {
  expect(await said(undefined, 'session-1\n')).toEqual({ sessionId: 'session-1' })
  expect(await said('{"exit_code": 3}', '  session-1')).toEqual({ code: 3, sessionId: 'session-1' })
  expect(await said(undefined, ' \n')).toEqual({})
  expect(await said(undefined, 'x'.repeat(300))).toEqual({ sessionId: 'x'.repeat(256) })
})

test('no more is read than anybody could want to say', async () => {
  const long = `{"more": "${'x'.repeat(100_000)}", "exit_code": 0}`
  expect(await said(long)).toEqual({})
})

test('only the two files of that directory are looked at', async () => {
  const files = new HandDrivenFiles()
  files.write('7/result.json', '{"exit_code": 9}')
  files.write('7/state-other/result.json', '{"exit_code": 9}')
  files.write('6/state-token/result.json', '{"exit_code": 9}')
  expect(await readResult(files, STATE)).toEqual({})
  expect(files.reads).toEqual([`${STATE}/result.json`, `${STATE}/session-id`])
})

test.each(['EACCES', 'EISDIR', 'ELOOP', 'EIO'])(
  'a file that cannot be read (%s) says nothing, and the other still does',
  async (code) => {
    const files = new HandDrivenFiles()
    files.write(`${STATE}/session-id`, 'session-1')
    files.block(`${STATE}/result.json`, code)
    expect(await readResult(files, STATE)).toEqual({ sessionId: 'session-1' })
  },
)

test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'])('want of room (%s) is no answer: it is thrown', async (code) => {
  const files = new HandDrivenFiles()
  files.block(`${STATE}/result.json`, code)
  await expect(readResult(files, STATE)).rejects.toMatchObject({ code })
})

test('whatever an agent writes, it is an exit code that there can be, or nothing', async () => {
  const value = fc.oneof(fc.integer({ min: -2, max: 300 }), fc.double(), fc.jsonValue())
  const text = fc.oneof(
    value.map((code) => JSON.stringify({ exit_code: code })),
    fc.json(),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const { code } = await said(written)
      expect(code === undefined || (Number.isInteger(code) && code >= 0 && code <= 255)).toBe(true)
      if (code !== undefined) expect((JSON.parse(written) as { exit_code: unknown }).exit_code).toBe(code)
    }),
    { seed: seedNumber, numRuns: 300 },
  )
})
