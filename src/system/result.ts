/** What the agent in a container says of its end: `result.json` and `session-id` in the state directory of its run. */
import type { Files } from '../ports/index.ts'

const RESULT_BYTES_MAX = 65_536
const SESSION_BYTES_MAX = 256
/** What a process can end with. */
const CODE_MAX = 255

export interface Result {
  readonly code?: number
  readonly sessionId?: string
}

/** What is not there, or not as it should be, counts as not said. Throws only what is crowded. */
export async function readResult(files: Files, state: string): Promise<Result> {
  const code = codeIn(await readIfPossible(files, `${state}/result.json`, RESULT_BYTES_MAX))
  const sessionId = (await readIfPossible(files, `${state}/session-id`, SESSION_BYTES_MAX))?.trim()
  return {
    ...(code === undefined ? {} : { code }),
    ...(sessionId === undefined || sessionId === '' ? {} : { sessionId }),
  }
}

/** For want of descriptors or memory: it can be read in a while. */
export function isCrowded(error: unknown): boolean {
  return /^(EMFILE|ENFILE|ENOMEM|EAGAIN)$/.test(String((error as { code?: unknown }).code))
}

/** An agent that runs as somebody else may have kept its files to itself, or have made something else of them. */
async function readIfPossible(files: Files, path: string, bytesMax: number): Promise<string | undefined> {
  try {
    return await files.read(path, bytesMax)
  } catch (error) {
    if (isCrowded(error)) throw error
    return undefined
  }
}

function codeIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  try {
    const { exit_code: code } = JSON.parse(text) as { exit_code?: unknown }
    return Number.isInteger(code) && Number(code) >= 0 && Number(code) <= CODE_MAX ? Number(code) : undefined
  } catch {
    return undefined
  }
}
