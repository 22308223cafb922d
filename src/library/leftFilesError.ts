/** A job is deleted, and something keeps the files of its runs. */
export class LeftFilesError extends Error {
  constructor(job: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause)
    super(`job ${job} is deleted; its files cannot be removed yet: ${why}; whoever is up next tries again`, { cause })
    this.name = 'LeftFilesError'
  }
}
