/** As much of YAML as the examples of the documentation use; whatever else is refused, so that it cannot pass unread. */

export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml }

interface Line {
  readonly indent: number
  readonly text: string
}

const KEY = /^([\w.-]+):(?: (.*))?$/

/** One document after the other. Scalars stay text. */
export function parseYaml(source: string): Yaml[] {
  return source.split(/^---$/m).map((document) => {
    if (document.includes('\t')) throw new Error('there is a tab in the YAML')
    const lines = document
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => ({ indent: line.search(/\S/), text: line.trim() }))
    const value = node(lines)
    if (lines.length > 0) throw new Error(`nothing can begin here in the YAML: ${lines[0]!.text}`)
    return value
  })
}

/** Takes one value from the front: all lines that stand as deep as the first, and what is below them. */
function node(lines: Line[]): Yaml {
  const { indent, text } = lines[0]!
  if (text.startsWith('- ')) return items(lines, indent)
  const map: Record<string, Yaml> = {}
  while (lines[0]?.indent === indent) {
    const [, key, rest] = KEY.exec(lines[0].text) ?? []
    if (key === undefined) throw new Error(`this is no key in the YAML: ${lines[0].text}`)
    if (Object.hasOwn(map, key)) throw new Error(`twice in the YAML: ${key}`)
    lines.shift()
    map[key] = rest === undefined ? below(lines, indent) : rest === '|' ? block(lines, indent) : scalar(rest)
  }
  return map
}

function items(lines: Line[], indent: number): Yaml[] {
  const list: Yaml[] = []
  while (lines[0]?.indent === indent && lines[0].text.startsWith('- ')) {
    const { text } = lines.shift()!
    const rest = text.slice(2)
    if (rest === '|') list.push(block(lines, indent))
    else if (KEY.test(rest)) {
      lines.unshift({ indent: indent + 2, text: rest })
      list.push(node(lines))
    } else list.push(scalar(rest))
  }
  return list
}

function below(lines: Line[], indent: number): Yaml {
  if (lines[0] === undefined || lines[0].indent <= indent) throw new Error('a key in the YAML has no value')
  return node(lines)
}

function block(lines: Line[], indent: number): string {
  const texts: string[] = []
  while (lines[0] !== undefined && lines[0].indent > indent) texts.push(lines.shift()!.text)
  return texts.join('\n')
}

function scalar(text: string): Yaml {
  const [, quoted] = /^"([^"]*)"$/.exec(text) ?? []
  if (quoted !== undefined) return quoted
  const [, flow] = /^\[(.*)\]$/.exec(text) ?? []
  if (flow !== undefined) return flow.split(',').map((item) => scalar(item.trim()))
  if (/^[[\]{}&*!|>'"%@`]/.test(text) || /: | #/.test(text)) throw new Error(`this must be quoted in the YAML: ${text}`)
  return text
}
