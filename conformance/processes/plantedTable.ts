/** The simulated table built from its source, after some of its text has been replaced. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import type { ProcessTable } from '../../src/sim/processTable.ts'

/** In the order in which they need each other. */
const FILES = ['signals.ts', 'pidNamespace.ts', 'processTable.ts'] as const

export interface Mistake {
  readonly story: string
  readonly file: (typeof FILES)[number]
  readonly from: string
  readonly to: string
}

/** Throws if the text of a mistake does not stand exactly once in its file. */
export function tableWith(planted: readonly Mistake[]): typeof ProcessTable {
  const parts = FILES.map((file) => {
    let source = readFileSync(new URL(`../../src/sim/${file}`, import.meta.url), 'utf8')
    for (const { from, to } of planted.filter((mistake) => mistake.file === file)) {
      const found = source.split(from).length - 1
      if (found !== 1) throw new Error(`a mistake stands ${found} times in ${file} instead of once: ${from}`)
      source = source.replace(from, () => to)
    }
    return stripTypeScriptTypes(source)
      .replaceAll(/^import [^']*'.*'$/gm, '')
      .replaceAll(/^export /gm, '')
  })
  return new Function(`'use strict'\n${parts.join('\n')}\nreturn ProcessTable`)()
}
