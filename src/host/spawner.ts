/**
 * Starts processes from a small process beside this one: a fork costs what the memory of the forking process costs, blocks
 * its event loop, and afterwards has it pay for each page that it writes to. The small one is started when it is needed
 * first, and again when it has died.
 */
import { SpawnError } from '../ports/index.ts'
import { SpawnerLink, type Started } from './spawnerLink.ts'
import type { Launch, SpawnerSettings } from './spawnerMessages.ts'

export class Spawner {
  private readonly settings: SpawnerSettings
  private link: SpawnerLink | undefined
  private isClosed = false

  constructor(settings: SpawnerSettings) {
    this.settings = settings
  }

  /** Rejects with SpawnError. */
  async start(launch: Launch): Promise<Started> {
    if (this.isClosed) throw new SpawnError('ECANCELED', 'nothing is started any more: the host has been closed', false)
    if (!this.link?.isOpen) this.link = new SpawnerLink(this.settings)
    return this.link.start(launch)
  }

  /** What has been started goes on. */
  close(): void {
    this.isClosed = true
    this.link?.close()
  }
}
