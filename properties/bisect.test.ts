/** `bisect` in a real repository: it finds the commit at which a token began to fail, and leaves everything as it was. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { usualCommand } from '../src/cli/replayer.ts'
import { strandline } from './support/cli.ts'
import { History } from './support/history.ts'

const FILE = 'lib/subject.mjs'
const diary = new URL('./fixtures/diary.ts', import.meta.url).href
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const run = `"${process.execPath}" "${main}" replay`

/** A subject that strands every note, or none. */
function source(strands: boolean, remark: string): string {
  return [
    `// ${remark}`,
    "import 'remarks'",
    `import { diary } from ${JSON.stringify(diary)}`,
    `const strands = ${strands}`,
    "export default diary('kept', async (_, words) => words.join(' '), {",
    "  unfinished: () => (strands ? [{ text: 'a note is left', about: [] }] : []),",
    '})',
    '',
  ].join('\n')
}

const history = new History()
/** Where the work trees of a bisection are put; nothing may be left there. */
const temporary = mkdtempSync(join(tmpdir(), 'strandline-temporary-'))
const commits: string[] = []
let token: string

beforeAll(async () => {
  // An installed package, which no commit has
  history.write('.gitignore', 'node_modules\n')
  history.write('node_modules/remarks/package.json', '{ "name": "remarks", "main": "index.js" }')
  history.write('node_modules/remarks/index.js', '')
  commits.push(history.commit('a beginning without a subject', 'README.md', 'nothing yet\n'))
  for (const remark of ['first', 'second', 'third']) commits.push(history.commit(remark, FILE, source(false, remark)))
  commits.push(history.commit('does not even parse', FILE, 'export default {{\n'))
  commits.push(history.commit('mended', FILE, source(false, 'mended')))
  for (const remark of ['the mistake', 'later', 'latest'])
    commits.push(history.commit(remark, FILE, source(true, remark)))
  const { stdout } = await strandline(['hunt', FILE, '--seed', '1', '--json'], { cwd: history.directory })
  token = JSON.parse(stdout).failures[0].token
})

afterAll(() => {
  history.remove()
  rmSync(temporary, { recursive: true })
})

function bisect(...words: readonly string[]) {
  const all = ['bisect', token, '--subject', FILE, '--run', run, ...words]
  return strandline(all, { cwd: history.directory, env: { TMPDIR: temporary } })
}

describe('bisect', () => {
  it('walks back to a commit that passes and finds the first that fails, over one that cannot be replayed', async () => {
    // Given a working tree with things staged, changed and new
    history.write('README.md', 'changed\n')
    history.git('add', 'README.md')
    history.write('README.md', 'changed again\n')
    history.write('notes.txt', 'new\n')
    history.write(FILE, 'this is being edited {{\n')
    const before = history.state()

    const { code, stdout, stderr } = await bisect()

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`it began to fail with\n  ${commits[6]}\n`)
    expect(stdout).toMatch(/\n {2}\d{4}-\d\d-\d\d, Ada\n {2}the mistake\n/)
    expect(stdout).toMatch(/skipped {2}does not even parse {2}\(exit code 2, "lib\/subject\.mjs" cannot be parsed: /)
    expect(stdout).toMatch(/\n\d replays of 9 commits\n$/)
    // Then all of that is as it was, and no work tree is left
    expect(history.state()).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('goes between two revisions that are given', async () => {
    const { code, stdout } = await bisect('--good', commits[2]!, '--bad', 'main~1')
    expect(code).toBe(0)
    expect(stdout).toContain(`it began to fail with\n  ${commits[6]}\n`)
  })

  it('names those that cannot be told apart from the first bad commit', async () => {
    history.git('checkout', '--quiet', '--force', '-b', 'torn', commits[3]!)
    const torn = history.commit('torn', FILE, 'export default {{\n')
    const bad = history.commit('after it', FILE, source(true, 'after it'))
    history.git('checkout', '--quiet', 'main')
    const { code, stdout } = await bisect('--bad', 'torn')
    expect(code).toBe(0)
    expect(stdout).toContain(`it fails since\n  ${bad}\n`)
    expect(stdout).toMatch(new RegExp(`which could not be replayed\\n {2}${torn.slice(0, 7)}.*torn\n`))
  })

  it('says so when it has failed for as long as it can be replayed', async () => {
    history.git('checkout', '--quiet', '--orphan', 'ever')
    const root = history.commit('wrong from the start', FILE, source(true, 'start'))
    history.commit('still wrong', FILE, source(true, 'still'))
    history.git('checkout', '--quiet', 'main')
    const { code, stdout } = await bisect('--bad', 'ever')
    expect(code).toBe(1)
    expect(stdout).toContain(`it fails in the first commit already, ${root.slice(0, 7)}`)
  })

  it('asks the code of the commit in a checkout of strandline, and the installed package elsewhere', () => {
    const root = fileURLToPath(new URL('..', import.meta.url))
    expect(usualCommand(root)).toBe(`"${process.execPath}" src/cli/main.ts replay`)
    expect(usualCommand(history.directory)).toBe('npx --no-install strandline replay')
  })

  it('removes its work tree at Ctrl-C', async () => {
    const slow = `"${process.execPath}" -e "setTimeout(() => undefined, 60000)"`
    const words = ['bisect', token, '--run', slow]
    const { code, stderr } = await strandline(words, {
      cwd: history.directory,
      env: { TMPDIR: temporary },
      interruptMs: 500,
    })
    expect(code).toBe(130)
    expect(stderr).toContain('stopping here')
    expect(readdirSync(temporary)).toEqual([])
    expect(history.git('worktree', 'list').split('\n')).toHaveLength(1)
  })
})

describe('what a person gets wrong', () => {
  async function expectOneSentence(words: readonly string[], sentence: string, how = {}): Promise<void> {
    const { code, stderr } = await strandline(['bisect', token, ...words], {
      cwd: history.directory,
      env: { TMPDIR: temporary },
      ...how,
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^strandline: [^\n]+\n$/)
    expect(stderr).toContain(sentence)
    expect(readdirSync(temporary)).toEqual([])
  }

  it.each([
    ['an unknown revision', ['--good', 'nowhere'], 'unknown revision "nowhere"'],
    ['an option as a revision', ['--bad=--all'], 'unknown revision "--all"'],
    ['no way from one to the other', ['--good', 'main', '--bad', 'main~3'], '"main" is not an ancestor of "main~3"'],
    ['the same twice', ['--good', 'main', '--bad', 'HEAD'], '"main" and "HEAD" are the same commit'],
    ['a newest that passes', ['--bad', 'main~3', '--subject', FILE, '--run', run], 'does not fail at "main~3"'],
    [
      'a newest that cannot be replayed',
      ['--bad', 'main~4', '--subject', FILE, '--run', run],
      'cannot be replayed at "main~4": exit code 2',
    ],
    ['a good one that fails', ['--good', 'main~1', '--subject', FILE, '--run', run], 'fails at the good commit too'],
    ['an empty command', ['--run', ' '], '--run is empty'],
  ] as const)('%s', async (_, words, sentence) => {
    await expectOneSentence(words, sentence)
  })

  it('no repository, and no git', async () => {
    await expectOneSentence([], 'is not in a git repository', { cwd: temporary })
    await expectOneSentence([], 'git is not installed', { env: { TMPDIR: temporary, PATH: '/nowhere' } })
  })
})
