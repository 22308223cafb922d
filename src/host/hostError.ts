/** The machine is not as it must be: one sentence that says what was wrong, where, and what to do. */
export class HostError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HostError'
  }
}

/** The errno name that Node puts on a failed call, or an empty text. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
