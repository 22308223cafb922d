/** The outbox as a subject: which scenarios it meets, what must hold, what is not finished. */
import fc from 'fast-check'
import { defineSubject, type Invariant, type Subject } from '../../src/index.ts'
import { ForgetfulOutbox, Outbox } from './outbox.ts'

interface Submit {
  readonly kind: 'submit'
  readonly server: number
  readonly text: string
}

/** At some time, or when the run has made some part of its usual steps. */
const at = fc.oneof(
  fc.record({ ms: fc.nat(5_000) }),
  fc.record({ progress: fc.nat(100).map((percent) => percent / 100) }),
)
const submit = fc.record({
  at,
  do: fc.record({ kind: fc.constant('submit'), server: fc.constant(0), text: fc.constantFrom('a', 'b', 'c') }),
})
/** The world itself knows this one. */
const crash = fc.record({ at, do: fc.record({ kind: fc.constant('crash'), server: fc.constant(0) }) })

const sentOnce: Invariant = {
  name: 'SENT',
  kind: 'safety',
  story: 'what was sent stays sent',
  begin: () => ({
    changed: ({ table, id, before, after }) =>
      table === 'messages' && before?.status === 'sent' && after?.status !== 'sent'
        ? { text: `message ${id} was sent and is ${after?.status ?? 'gone'}`, about: [`messages:${id}`] }
        : undefined,
  }),
}

export function outboxSubject(Kind: typeof Outbox = Outbox): Subject<Submit> {
  return defineSubject<Submit>({
    name: 'outbox',
    families: {
      restarts: {
        weight: 1,
        story: 'messages come while the server crashes and starts again',
        base: [submit],
        command: fc.oneof({ weight: 3, arbitrary: submit }, { weight: 1, arbitrary: crash }),
        more: 5,
        faults: ['crash', 'timerLate', 'stall'],
      },
    },
    imageKey: 'outbox',
    prepare: (database) =>
      void database.exec(
        "CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'waiting')",
      ),
    schema: { references: [], owned: [], live: () => true },
    // One life of one server: called again after each crash.
    boot: async ({ life: { ports, signal } }) => {
      const outbox = new Kind(ports)
      await outbox.open(signal)
      return { carry: ({ text }) => outbox.submit(text), stop: () => outbox.closed() }
    },
    program: () => undefined,
    invariants: [sentOnce],
    unfinished: (view) =>
      [...view.rows('messages')]
        .filter(([, { status }]) => status !== 'sent')
        .map(([id, { status }]) => ({ text: `message ${id} is ${status} for ever`, about: [`messages:${id}`] })),
    // Nothing here waits for a due time, writes heartbeats or counts rounds in memory.
    due: () => undefined,
    idle: () => false,
    settleRounds: () => 1,
    describe: ({ table, id, after }) =>
      table === 'messages'
        ? { about: [`messages:${id}`], text: `message ${id} is ${after?.status ?? 'gone'}` }
        : undefined,
  })
}

/** A known mistake under a name, so that `--defect forgetful` puts it in. */
export default defineSubject<Submit>({
  ...outboxSubject(),
  defects: {
    forgetful: {
      name: 'forgetful',
      incident: 'how it was written first',
      family: 'restarts',
      breaks: ['STRAND'],
      story: 'what was being sent when the server died is never sent again',
      mutant: outboxSubject(ForgetfulOutbox),
    },
  },
})
