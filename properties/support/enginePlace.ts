/** A place beside a container engine of the test's own: what is asked of both, and what came of it. */
import { spawnSync } from 'node:child_process'
import { afterAll, afterEach, beforeEach } from 'vitest'
import { type Engine, startEngine } from '../../conformance/engine/dockerd.ts'
import { type Going, Place, until } from './upAndRunning.ts'

/** Ends when there is a file `gate` in its mount, and leaves a line in another one. */
export const WAITS =
  'while [ ! -e "$STRANDLINE_MOUNT/gate" ]; do sleep 0.1; done; echo once >>"$STRANDLINE_MOUNT/ends"; echo end'

export class EnginePlace extends Place {
  readonly engine: Engine

  constructor(engine: Engine) {
    super()
    this.engine = engine
  }

  docker(...words: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync('docker', [...this.address, ...words], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`docker ${words.join(' ')}: ${stderr}`)
    return stdout.trim()
  }

  /** All that the engine has. */
  containers(): readonly string[] {
    return this.docker('ps', '--all', '--quiet', '--no-trunc').split('\n').filter(Boolean)
  }

  serve(...words: readonly string[]): Promise<Going> {
    return this.up('--engine', this.engine.socketPath, '--concurrency', '4', ...words)
  }

  submitScript(script: string, ...words: readonly string[]): Promise<number> {
    return this.submit(['--image', this.engine.image, ...words, '--', 'sh', '-c', script])
  }

  /** Running, in a container. */
  contained(id: number) {
    return until(`a container of job ${id}`, async () => {
      const [job, run] = [await this.queue.job(id), (await this.queue.runs(id)).at(-1)]
      return job?.status === 'running' && run?.phase === 'running' && { mount: job.mount!, container: run.container! }
    })
  }

  async output(id: number, ...words: readonly string[]): Promise<string> {
    return (await this.run(['logs', String(id), ...words])).stdout
  }

  /** With their containers gone. */
  finished(id: number) {
    return until(`the runs of job ${id} to be finished`, async () => {
      const runs = await this.queue.runs(id)
      return runs.length > 0 && runs.every(({ phase }) => phase === 'finished') && runs
    })
  }

  override async clear(): Promise<void> {
    await super.clear()
    await until('the engine to be empty', async () => {
      const containers = this.containers()
      // A removal that a server began is still under way: the engine refuses this one, and that one ends.
      for (const id of containers) spawnSync('docker', [...this.address, 'rm', '--force', id])
      return containers.length === 0
    })
  }

  private get address(): readonly string[] {
    return ['--host', `unix://${this.engine.socketPath}`]
  }
}

/** One engine for all tests of a file, and a place for each; they are skipped where no engine can be started. */
export async function placesBesideEngine(begin: (place: EnginePlace) => void): Promise<void> {
  const engine = await startEngine()
  if ('skipped' in engine) return beforeEach(({ skip }) => skip(engine.skipped))
  let place: EnginePlace
  beforeEach(() => {
    place = new EnginePlace(engine)
    begin(place)
  })
  afterEach(() => place.clear())
  afterAll(() => engine.stop())
}
