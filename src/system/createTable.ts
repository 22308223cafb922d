/**
 * The text by which a table was made, read closely enough to make it again with AUTOINCREMENT. SQLite keeps that text as it
 * was written, with its comments and quotes, in which words may stand that mean nothing.
 */
import { SchemaError } from './schemaError.ts'

interface Token {
  readonly text: string
  readonly at: number
  /** Parentheses around it. */
  readonly depth: number
}

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Blanks and comments, strings and quoted names, words, and single characters. */
const PARTS =
  /[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|[\s\S]/g
const EMPTY = /^(?:[ \t\n\f\r]|--|\/\*)/
const CONSTRAINTS = ['constraint', 'primary', 'not', 'null', 'unique', 'check', 'default', 'collate', 'references']

/**
 * The text that makes the same table under this name with AUTOINCREMENT; undefined if it has that already. Throws
 * SchemaError where SQLite allows none.
 */
export function withAutoincrement(text: string, name: string): string | undefined {
  const tokens = [...tokensOf(text)]
  const [create, table, old, open] = tokens
  if (!isWord(create, 'create') || !isWord(table, 'table') || old === undefined || open?.text !== '(')
    throw new SchemaError('what should be a table is none: choose another file')
  const end = tokens.findIndex(({ text, depth }, at) => at > 3 && text === ')' && depth === 0)
  const why = (reason: string) =>
    new SchemaError(`the table ${unquoted(old.text)} ${reason}, so its numbers cannot be kept apart for ever`)
  if (tokens.slice(end).some((token, at, rest) => isWord(token, 'without') && isWord(rest[at + 1], 'rowid')))
    throw why('is WITHOUT ROWID')
  const key = keyOf(tokens.slice(4, end))
  if (typeof key === 'string') throw why(key)
  if (key.isAutoincrement) return undefined
  const edits = [
    { from: old.at, to: endOf(old), text: quoted(name) },
    ...unqualified(tokens.slice(4, end), unquoted(old.text)),
    { from: key.end, to: key.end, text: ' AUTOINCREMENT' },
  ]
  return edited(text, edits)
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function* tokensOf(text: string): Iterable<Token> {
  let depth = 0
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    if (EMPTY.test(part)) continue
    if (part === ')') depth--
    yield { text: part, at: index, depth }
    if (part === '(') depth++
  }
}

/** Where the primary key's clause ends; a text if it is not one that can have AUTOINCREMENT. */
function keyOf(body: readonly Token[]): { readonly end: number; readonly isAutoincrement: boolean } | string {
  for (const definition of definitionsOf(body)) {
    const at = definition.findIndex((token, at) => isWord(token, 'primary') && isWord(definition[at + 1], 'key'))
    if (at < 0) continue
    const [, type, constraint] = definition
    if (at < 2 || unquoted(type!.text).toLowerCase() !== 'integer' || !isWord(constraint, ...CONSTRAINTS))
      return 'has another primary key than a single column that is declared INTEGER PRIMARY KEY'
    let last = at + 1
    if (isWord(definition[last + 1], 'desc')) return 'has a primary key that is declared DESC'
    if (isWord(definition[last + 1], 'asc')) last++
    if (isWord(definition[last + 1], 'on')) last += 3
    return { end: endOf(definition[last]!), isAutoincrement: isWord(definition[last + 1], 'autoincrement') }
  }
  return 'has no primary key'
}

/** What stands between the commas, without what is in parentheses. */
function definitionsOf(body: readonly Token[]): readonly Token[][] {
  const definitions: Token[][] = [[]]
  for (const token of body)
    if (token.depth === 1) {
      if (token.text === ',') definitions.push([])
      else definitions.at(-1)!.push(token)
    }
  return definitions
}

/** A CHECK may call a column by its table too, which has another name until it takes the old one's place. */
function unqualified(body: readonly Token[], table: string): Edit[] {
  return body.flatMap((token, at) => {
    const dot = body[at + 1]
    const isQualifier = dot?.text === '.' && unquoted(token.text).toLowerCase() === table.toLowerCase()
    return isQualifier ? [{ from: token.at, to: endOf(dot), text: '' }] : []
  })
}

function edited(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((one, other) => other.from - one.from)
    .reduce((result, { from, to, text }) => result.slice(0, from) + text + result.slice(to), text)
}

function endOf({ at, text }: Token): number {
  return at + text.length
}

function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token !== undefined && words.includes(token.text.toLowerCase())
}

function unquoted(text: string): string {
  const quote = text[0]!
  if (quote === '[') return text.slice(1, -1)
  return ['"', "'", '`'].includes(quote) ? text.slice(1, -1).replaceAll(quote + quote, quote) : text
}
