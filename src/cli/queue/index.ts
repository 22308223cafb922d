/** The commands of the queue. They load nothing of the simulation, and the library only when they run. */
import type { Command } from 'commander'
import { addCancel } from './cancel.ts'
import { addDelete } from './delete.ts'
import { addJobs } from './jobs.ts'
import { addLogs } from './logs.ts'
import { addRelaunch } from './relaunch.ts'
import { addStatus } from './status.ts'
import { addSubmit } from './submit.ts'
import { addUp } from './up.ts'

export const queueCommands: Readonly<Record<string, (program: Command) => void>> = {
  up: addUp,
  submit: addSubmit,
  jobs: addJobs,
  logs: addLogs,
  cancel: addCancel,
  delete: addDelete,
  relaunch: addRelaunch,
  status: addStatus,
}
