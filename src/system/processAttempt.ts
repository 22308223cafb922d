/** A claim whose work is a process of this machine. */
import type { AttemptParameters } from './attempt.ts'
import { CommandAttempt } from './commandAttempt.ts'
import type { ProcessLauncher, ProcessWork } from './processLauncher.ts'

export class ProcessAttempt extends CommandAttempt<ProcessWork> {
  protected override readonly launcher: ProcessLauncher

  constructor(launcher: ProcessLauncher, ...parameters: AttemptParameters) {
    super(...parameters)
    this.launcher = launcher
  }

  protected override launch(): Promise<ProcessWork> {
    return this.launcher.launch(this.claim)
  }

  /** What the process left behind in its group. */
  protected override async endLeft(work: ProcessWork): Promise<void> {
    try {
      await this.launcher.terminate(work, 'SIGKILL')
    } catch (error) {
      this.hooks.failed(error)
    }
  }
}
