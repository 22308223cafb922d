/** One's own subject, by the path of its module, wherever a command takes a subject. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { strandline } from './support/cli.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const outbox = 'docs/examples/outboxSubject.ts'
const forgetful = 'properties/fixtures/forgetfulDiary.ts'
const diary = new URL('./fixtures/diary.ts', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'strandline-path-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...words: readonly string[]) => strandline(words, { cwd: root })

function moduleOf(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

function diaryModule(name: string, called: string): string {
  return moduleOf(
    name,
    `import { diary } from ${JSON.stringify(diary)}`,
    `export default diary(${JSON.stringify(called)}, async (_, words) => words.join(' '))`,
  )
}

describe('a path stands for a subject', () => {
  it('in a hunt, with one thread and with two', async () => {
    for (const jobs of ['1', '2']) {
      const { code, stdout } = await run('hunt', outbox, '--seed', '1', '--scenarios', '60', '--jobs', jobs)
      expect(code).toBe(0)
      expect(stdout).toContain('nothing found: 60 scenarios of outbox')
    }
  })

  it('in stress, defects and doctor', async () => {
    const stressed = await run('stress', `./${outbox}`, '--seed', '1', '--scenarios', '30')
    expect(stressed.code).toBe(0)
    expect(stressed.stdout).toContain('outbox, per thousand scenarios')
    const listed = await run('defects', join(root, outbox))
    expect(listed.stdout).toContain('what was being sent when the server died is never sent again')
    const examined = await run('doctor', outbox, '--seed', '1', '--scenarios', '10')
    expect(examined.code).toBe(0)
    expect(examined.stdout).toContain('examining outbox')
  })

  it('and its tokens replay with --subject, as hunt says', async () => {
    const { code, stdout } = await run('hunt', forgetful, '--seed', '1')
    expect(code).toBe(1)
    const words = /npm run -s replay -- (\S+) --subject (\S+)\n/.exec(stdout)!
    expect(words[2]).toBe(forgetful)
    const again = await run('replay', words[1]!, '--subject', words[2]!)
    expect(again.code).toBe(1)
    expect(again.stdout).toContain('forgetful-diary breaks KEPT')
    const lost = await run('replay', words[1]!)
    expect(lost.code).toBe(2)
    expect(lost.stderr).toContain('unknown subject "forgetful-diary"')
    expect(lost.stderr).toContain('give its module with --subject PATH')
    const other = await run('replay', words[1]!, '--subject', outbox)
    expect(other.code).toBe(2)
    expect(other.stderr).toContain(`the one in "${outbox}" is called "outbox"`)
  })

  it('and what it leaves in the event loop keeps no command from ending', async () => {
    const { code } = await run('hunt', 'properties/fixtures/leftTimer.ts', '--seed', '1', '--scenarios', '5')
    expect([0, 3]).toContain(code)
  })
})

describe('what is no subject is refused in one sentence', () => {
  const exported = "import { defineSubject } from 'nowhere'"
  it.concurrent.each([
    ['nowhere.ts', undefined, 'there is no file'],
    ['empty.ts', ['export {}'], 'exports nothing: a subject\'s module says "export default defineSubject({ … })"'],
    ['named.ts', ['export const subject = 1'], 'exports only subject'],
    ['number.ts', ['export default 3'], 'its default export is a number, not what defineSubject({ … }) returns'],
    ['nothing.ts', ['export default undefined'], 'its default export is undefined'],
    ['half.mjs', ["export default { name: 'half' }"], '"families" must be an object and is undefined'],
    ['unparsable.ts', ['const a: number = 1', 'export default {{'], 'cannot be parsed: Unexpected token'],
    ['enum.ts', ['enum Colour { Red }', 'export default 1'], 'enum is not supported'],
    ['unparsable.mjs', ['export default 1 2'], 'cannot be parsed'],
    ['throws.ts', ['', "throw new TypeError('no')"], /threw while it was loaded: TypeError: no \(\S*throws\.ts:2\)/],
    ['throwsText.js', ["throw 'no'"], 'threw no while it was loaded'],
    ['importsNothing.ts', [exported], "cannot be loaded: Cannot find package 'nowhere'"],
  ] as const)('%s', async (name, lines, sentence) => {
    const path = lines === undefined ? join(folder, name) : moduleOf(name, ...lines)
    await expectOneSentence(['hunt', path], sentence)
  })

  it('a directory, and a name where a path belongs', async () => {
    await expectOneSentence(['stress', `${folder}/`], 'is a directory')
    await expectOneSentence(['replay', 'x', '--subject', 'toys'], '--subject takes the path of a module')
  })

  it('names that tokens cannot hold, or that others have', async () => {
    await expectOneSentence(['hunt', diaryModule('dotted.ts', 'my.diary')], 'its name is "my.diary"')
    await expectOneSentence(['hunt', diaryModule('nameless.ts', '')], 'a name is made of letters')
    await expectOneSentence(['hunt', diaryModule('taken.ts', 'toy')], 'is called "toy" as another one is: rename it')
  })

  it('defects that cannot be played', async () => {
    const lines = (defects: string) => [
      `import { diary } from ${JSON.stringify(diary)}`,
      `export default diary('flawed', async () => '', { defects: ${defects} })`,
    ]
    const dotted = moduleOf('dottedDefect.mjs', ...lines("{ 'a.b': {} }"))
    await expectOneSentence(['defects', dotted], 'its defect is called "a.b"')
    const empty = moduleOf('emptyDefect.mjs', ...lines('{ lost: {} }'))
    await expectOneSentence(['defects', empty], 'its defect "lost" has no mutant')
  })

  async function expectOneSentence(words: readonly string[], sentence: string | RegExp): Promise<void> {
    const { code, stdout, stderr } = await run(...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^strandline: [^\n]+\n$/)
    if (typeof sentence === 'string') expect(stderr).toContain(sentence)
    else expect(stderr).toMatch(sentence)
  }
})
