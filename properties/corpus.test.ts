/** Failures that were found once stay found: each token still breaks its defect, and the system as it is stands it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { readCorpus, replayEntry } from '../src/cli/corpusEntry.ts'
import { decodeToken, encodeToken } from '../src/explore/index.ts'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'
import { strandline } from './support/cli.ts'

const kept = fileURLToPath(new URL('./corpus/', import.meta.url))
const entries = readCorpus(kept).map((entry) => [entry.file, entry] as const)

test.each(entries)('%s still breaks its defect, and nothing as it is', async (_, entry) => {
  expect((await replayEntry(entry)).complaints).toEqual([])
})

test('has a failure of each defect that a hunt will hardly find', () => {
  const shown = entries.map(([, { token }]) => decodeToken(token).defect)
  for (const { name, isRare } of Object.values(orchestrator.defects)) if (isRare) expect(shown).toContain(name)
})

describe('the command', () => {
  let directory: string
  let token: string

  beforeAll(async () => {
    const { stdout } = await strandline(['hunt', 'toy', '--defect', 'torn-write', '--seed', '7', '--json'])
    token = JSON.parse(stdout).failures[0].token
  })
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'strandline-corpus-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const corpus = (...words: readonly string[]) => strandline(['corpus', ...words, '--directory', directory])

  it('keeps a failure and replays it', async () => {
    const added = await corpus('add', token, '--found', 'half a write')
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(added.stdout).toContain('torn-write.json: it breaks RECEIPT, because half a write')
    expect(JSON.parse(readFileSync(join(directory, 'torn-write.json'), 'utf8'))).toEqual({
      found: 'half a write',
      breaks: 'RECEIPT',
      token,
    })
    const { code, stdout } = await corpus()
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^ok {2}torn-write\.json {2}RECEIPT {2}half a write\nthe one that is kept is as it should be\n$/,
    )
  })

  it('takes the token out of a log, and names the file as it is told, or after why it broke', async () => {
    const log = join(directory, 'ci.log')
    writeFileSync(log, `12:00 failed\n12:01 replay -- ${token}\n`)
    expect((await corpus('add', log, '--name', 'mine')).code).toBe(0)
    const { found, breaks } = JSON.parse(readFileSync(join(directory, 'mine.json'), 'utf8'))
    expect(breaks).toBe('RECEIPT')
    expect(found).toMatch(/^item \d is done and has no receipt$/)
  })

  it('never writes over another entry', async () => {
    await corpus('add', token)
    const { choices, ...rest } = decodeToken(token)
    const other = encodeToken({ ...rest, choices: new Map([...choices, ['c9/gone/delay', 400]]) })
    expect((await corpus('add', other)).code).toBe(0)
    expect(readdirSync(directory).toSorted()).toEqual(['torn-write-2.json', 'torn-write.json'])
    const before = readFileSync(join(directory, 'torn-write.json'), 'utf8')
    const another = encodeToken({ ...rest, choices: new Map([...choices, ['c9/gone/delay', 401]]) })
    await expectOneSentence(['add', another, '--name', 'torn-write'], 'torn-write.json" already: choose another --name')
    await expectOneSentence(['add', token], 'the token is kept already, in')
    expect(readFileSync(join(directory, 'torn-write.json'), 'utf8')).toBe(before)
  })

  it('exits with 1 when a defect is no longer found, and when the system as it is fails', async () => {
    cpSync(kept, directory, { recursive: true })
    const { found } = JSON.parse(readFileSync(join(directory, 'published.json'), 'utf8'))
    writeFileSync(join(directory, 'other.json'), JSON.stringify({ found, breaks: 'NOTHING', token }))
    const { code, stdout } = await corpus('--json')
    expect(code).toBe(1)
    const { entries: all, failed } = JSON.parse(stdout)
    expect(failed).toBe(1)
    expect(all.filter(({ holds }: { holds: boolean }) => !holds)).toEqual([
      expect.objectContaining({
        file: 'other.json',
        defect: 'torn-write',
        complaints: ['with torn-write it breaks RECEIPT, and no longer NOTHING'],
      }),
    ])
    expect((await corpus()).stdout).toMatch(/\nFAIL {2}other\.json +NOTHING +with torn-write it breaks RECEIPT/)
  })

  it('knows subjects by path', async () => {
    const subject = fileURLToPath(new URL('./fixtures/forgetfulDiary.ts', import.meta.url))
    const { stdout } = await strandline(['hunt', subject, '--seed', '1', '--json'])
    const [failure] = JSON.parse(stdout).failures
    await expectOneSentence(['add', failure.token], 'give its module with --subject PATH')
    expect((await corpus('add', failure.token, '--subject', subject)).code).toBe(0)
    expect(readdirSync(directory)).toEqual(['kept.json'])
    const { code, stdout: said } = await corpus('--subject', subject)
    expect(code).toBe(1)
    expect(said).toContain('forgetful-diary as it is breaks KEPT')
  })

  it('says in one sentence what is wrong', async () => {
    const sound = encodeToken({ ...decodeToken(token), defect: undefined })
    await expectOneSentence(['add', sound], 'the token does not fail')
    await expectOneSentence(['add', token, '--name', '../x'], '--name must be made of letters')
    await expectOneSentence(['add', token, '--found', ' '], '--found must be a sentence')
    await expectOneSentence(['add'], "missing required argument 'token|file'")
    await expectOneSentence(['ad'], 'too many arguments')
    await expectOneSentence([], 'there is nothing in')
    writeFileSync(join(directory, 'odd.json'), '{"token": 3}')
    await expectOneSentence([], 'odd.json" is no entry of a corpus')
    writeFileSync(join(directory, 'odd.json'), JSON.stringify({ found: 'x', breaks: 'y', token: token.slice(0, -1) }))
    await expectOneSentence([], 'odd.json: the token is cut off')
    rmSync(directory, { recursive: true })
    await expectOneSentence([], 'there is no directory')
  })

  async function expectOneSentence(words: readonly string[], sentence: string): Promise<void> {
    const { code, stdout, stderr } = await corpus(...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^strandline: [^\n]+\n$/)
    expect(stderr).toContain(sentence)
  }
})
