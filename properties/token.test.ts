// A token is a whole failure as text: it comes back as it went, or says in one sentence why it cannot.

import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeToken, encodeToken, type Token, TokenError } from '../src/explore/index.ts'
import { calmProfile, faultNames, hashText } from '../src/sim/index.ts'
import { seedNumber } from './support/seed.ts'

const given = { seed: seedNumber, numRuns: 300 }
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)))
const token: fc.Arbitrary<Token> = fc.record({
  subject: name,
  defect: fc.option(name, { nil: undefined }),
  scenario: fc.record({
    family: name,
    settings: fc.dictionary(name, fc.oneof(fc.integer(), fc.boolean(), name)),
    commands: fc.array(
      fc.record({
        id: name,
        at: fc.oneof(
          fc.record({ ms: fc.integer({ min: 0, max: 100_000 }) }),
          fc.record({ progress: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100) }),
        ),
        do: fc.dictionary(name, json),
      }),
    ),
    profile: fc.record({ stretch: fc.constantFrom(1, 10, 100), entropy: fc.nat() }).map((drawn) => ({
      ...calmProfile,
      faults: { [faultNames[drawn.entropy % faultNames.length]!]: 0.125 },
      ...drawn,
    })),
  }),
  choices: fc
    .array(fc.tuple(fc.stringMatching(/^c\d(\/[a-z]+(#\d)?){1,4}$/), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })))
    .map((entries) => new Map(entries)),
  expected: fc.record({ invariant: name, steps: fc.array(fc.stringMatching(/^c\d\.[a-z]+(#\d)?$/)) }),
})

/** The one kind of error that a person may see, in one plain sentence. */
function refusal(text: string): string {
  let error: unknown
  try {
    decodeToken(text)
  } catch (thrown) {
    error = thrown
  }
  expect(error, text).toBeInstanceOf(TokenError)
  const { message } = error as TokenError
  expect(message).toMatch(/^(the token|this is not a token)[^\n]{10,150}$/)
  expect(message).not.toMatch(/undefined|JSON|Error|null/)
  return message
}

const example = encodeToken({
  subject: 'toy',
  defect: 'lost-update',
  scenario: {
    family: 'steady',
    settings: {},
    commands: [{ id: 'c1', at: { ms: 3 }, do: { kind: 'submit', server: 0, amount: 1, workMs: 4, child: false } }],
    profile: calmProfile,
  },
  choices: new Map([['c1/request/submit/delay', 17]]),
  expected: { invariant: 'TOTAL', steps: ['c1.arrival', 'c1.submit', 'c1.submit'] },
})

/** A token whose check digits are right, whatever stands in it. */
function sealed(body: string): string {
  return `${body}.${(hashText(body) >>> 0).toString(16).padStart(8, '0')}`
}

function packed(contents: unknown): string {
  return deflateRawSync(JSON.stringify(contents)).toString('base64url')
}

describe('a token', () => {
  test('comes back as it went', () => {
    fc.assert(
      fc.property(token, (one) => {
        const text = encodeToken(one)
        expect(text).toMatch(/^[\w.+-]+$/)
        expect(decodeToken(text)).toEqual(one)
        expect(encodeToken(decodeToken(text))).toBe(text)
      }),
      given,
    )
  })

  test('may be broken into lines and indented', () => {
    const wrapped = `\n  ${example.slice(0, 40)}\r\n   ${example.slice(40)} \n`
    expect(decodeToken(wrapped)).toEqual(decodeToken(example))
  })
})

describe('what is not a token is refused in one sentence', () => {
  test('nothing at all, or blanks', () => {
    for (const nothing of ['', ' ', '\n\t  ']) expect(refusal(nothing)).toContain('is empty')
  })

  test('another text', () => {
    for (const text of ['hello', '42', 'strand', 'STRAND2.toy.x.y', '{"subject":"toy"}', '....', 'replay strand2.toy'])
      expect(refusal(text)).toContain('not a token')
  })

  test('cut off anywhere', () => {
    for (let length = 1; length < example.length; length++) refusal(example.slice(0, length))
    expect(refusal(example.slice(0, -1))).toContain('cut off')
  })

  test('edited at any one place', () => {
    for (let at = 0; at < example.length; at++) {
      for (const other of ['A', 'b', '0', '9', '.', '-', '+', 'é', ''])
        if (other !== example[at]) refusal(example.slice(0, at) + other + example.slice(at + 1))
      refusal(`${example.slice(0, at)}x${example.slice(at)}`)
    }
  })

  test('of another version', () => {
    const [, ...rest] = example.split('.')
    expect(refusal(['strand1', ...rest].join('.'))).toContain('format 1')
    expect(refusal(sealed(['strand17', ...rest.slice(0, 2)].join('.')))).toContain('format 17')
  })

  test('with right check digits over wrong contents', () => {
    const { family, settings, commands, profile } = decodeToken(example).scenario
    const contents: unknown[] = [family, settings, commands, profile, ['c1/delay', 3], 'TOTAL', ['c1.submit'], [0, 0]]
    expect(decodeToken(sealed(`strand2.toy.${packed(contents)}`)).choices.get('c1/delay')).toBe(3)
    const wrong = [
      ...contents.map((_, at) => contents.toSpliced(at, 1, null as never)),
      contents.slice(1),
      contents.with(4, ['c1/delay']),
      contents.with(4, [3, 'c1/delay']),
      contents.with(1, []),
      contents.with(2, [{ at: { ms: 1 }, do: {} }]),
      contents.with(2, [{ id: 'c1', at: {}, do: {} }]),
      contents.with(2, [{ id: 'c1', at: { ms: 'soon' }, do: {} }]),
      contents.with(2, [{ id: 'c1', at: { ms: 1 }, do: null }]),
      contents.with(3, { ...profile, faults: { gremlins: 0.1 } }),
      contents.with(3, { ...profile, servers: 'two' }),
      contents.with(4, ['delay', 3]),
      contents.with(7, [1]),
      contents.with(7, ['c1.submit']),
      { family },
      null,
    ]
    for (const other of wrong) expect(refusal(sealed(`strand2.toy.${packed(other)}`))).toContain('damaged')
    expect(refusal(sealed('strand2.toy.AAAA'))).toContain('damaged')
    expect(refusal(sealed('strand2.toy.'))).toContain('damaged')
  })

  test('that would unpack to far more than any failure holds', () => {
    expect(refusal(sealed(`strand2.toy.${packed('x'.repeat(5_000_000))}`))).toContain('damaged')
  })
})
