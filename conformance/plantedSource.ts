/** A class of the simulator built from its source, after some of its text has been replaced. */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

export interface Mistake<File extends string = string> {
  readonly story: string
  readonly file: File
  readonly from: string
  readonly to: string
}

/** `files` stand in the order in which they need each other. Throws if a mistake's text does not stand once in its file. */
export function built<Class>(
  directory: URL,
  files: readonly string[],
  mistakes: readonly Mistake[],
  name: string,
): Class {
  const parts = files.map((file) => {
    let source = readFileSync(new URL(file, directory), 'utf8')
    for (const { from, to } of mistakes.filter((mistake) => mistake.file === file)) {
      const found = source.split(from).length - 1
      if (found !== 1) throw new Error(`a mistake stands ${found} times in ${file} instead of once: ${from}`)
      source = source.replace(from, () => to)
    }
    return stripTypeScriptTypes(source)
      .replaceAll(/^(?:import|export \{)[^']*'.*'$/gm, '')
      .replaceAll(/^export /gm, '')
  })
  return new Function(`'use strict'\n${parts.join('\n')}\nreturn ${name}`)()
}
