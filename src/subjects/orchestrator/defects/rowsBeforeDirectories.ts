import type { Ports } from '../../../ports/index.ts'
import { Remover, runPlace, type Store } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Forgets the job first, and with it where its directories are. */
class HastyRemover extends Remover {
  private readonly files: Ports['files']
  private readonly jobs: Store

  constructor(...parameters: ConstructorParameters<typeof Remover>) {
    super(...parameters)
    this.jobs = parameters[0]
    this.files = parameters[1].files
  }

  override async round(): Promise<void> {
    for (const { id, runs } of await this.jobs.removableJobs(0, 1)) {
      await this.jobs.removeJob(id)
      for (const run of runs) await this.files.remove(runPlace(run))
    }
  }
}

export const rowsBeforeDirectories: Flaw = {
  name: 'rows-before-directories',
  incident: 'directories of runs that no row knows any more',
  family: 'records',
  breaks: ['LEFTOVER'],
  story: 'a job is forgotten before its directories are removed: a crash or a busy directory leaves them for ever',
  variant: { parts: () => ({ remover: (...parameters) => new HastyRemover(...parameters) }) },
}
