/** An outbox: messages wait, a worker takes one, delivers it and marks it as sent. It knows its ports and nothing else. */
import type { Ports } from '../../src/index.ts'

const POLL_MS = 1_000
const DELIVERY_MS = 300

export class Outbox {
  private readonly ports: Ports
  private polling: Promise<void> = Promise.resolve()

  constructor(ports: Ports) {
    this.ports = ports
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.recover()
    this.polling = this.ports.clock.every('poll', POLL_MS, () => this.deliverNext(), signal)
  }

  /** What was being delivered when the last server died is to be delivered again. */
  async recover(): Promise<void> {
    await this.write('recover', "UPDATE messages SET status = 'waiting' WHERE status = 'sending'")
  }

  async submit(text: string): Promise<void> {
    await this.write('submit', 'INSERT INTO messages (text) VALUES (?)', text)
  }

  /** Resolves when the last round has ended; the signal given to `open` must have been aborted. */
  closed(): Promise<void> {
    return this.polling
  }

  private async deliverNext(): Promise<void> {
    const { pool, database, clock } = this.ports
    const taken = await pool.run({ name: 'take' }, () =>
      database
        .prepare(
          `UPDATE messages SET status = 'sending'
           WHERE id = (SELECT min(id) FROM messages WHERE status = 'waiting') RETURNING id`,
        )
        .get(),
    )
    if (taken === undefined) return
    await clock.sleep(DELIVERY_MS)
    await this.write('sent', "UPDATE messages SET status = 'sent' WHERE id = ?", (taken as { id: number }).id)
  }

  private write(name: string, sql: string, ...parameters: (string | number)[]): Promise<unknown> {
    const { pool, database } = this.ports
    return pool.run({ name }, () => database.prepare(sql).run(...parameters))
  }
}

/** The same without recovery, as it is often written first. */
export class ForgetfulOutbox extends Outbox {
  override recover(): Promise<void> {
    return Promise.resolve()
  }
}
