/** What is put under test, as the explorer sees it. A module exports `defineSubject({ … })` as its default. */
import type fc from 'fast-check'
import type {
  Change,
  Command,
  Database,
  DatabaseSchema,
  FaultName,
  FileView,
  Life,
  Owner,
  PidNamespace,
  Profile,
  Program,
  Row,
  Schema,
  Settings,
  SimContainer,
  SimProcess,
  WorldEvent,
} from '../sim/index.ts'

/** What invariants may look at: the committed rows, the process table, the time. */
export interface View {
  rows(table: string): Iterable<[number, Row]>
  row(table: string, id: number): Row | undefined
  /** What the database consists of beside its rows, at this moment. */
  schema(): DatabaseSchema
  /** When the row was last changed, in microseconds of virtual time. */
  changedUs(table: string, id: number): number | undefined
  /** The generation of process that a reference column meant when it was written. */
  meaning(table: string, id: number, column: string): number | undefined
  process(generation: number): SimProcess | undefined
  /** Living children of any server, dead servers included, by generation. */
  children(): readonly SimProcess[]
  /** Living processes that carry a run's token, what the children have left behind included, by generation. */
  carriers(): readonly SimProcess[]
  /** Containers of the engine, whether it is up or not, in the order of their creation. */
  containers(): readonly SimContainer[]
  /** The files of the machine, as root sees them where the servers stand. */
  readonly files: FileView
  /** By when the engine is back, in microseconds; 0: it was never away. */
  readonly engineAwayUntilUs: number
  readonly isDiskFull: boolean
  /** When the disk was last full, or will be until, in microseconds; 0: never. */
  readonly diskFullUntilUs: number
  readonly nowUs: number
  readonly wallMs: number
  readonly calm: boolean
  /** When the calm phase began, in microseconds; infinite before. */
  readonly calmUs: number
  readonly profile: Profile
  /** Who holds this pid now where a living server stands, in the order of servers. */
  holders(pid: number): readonly SimProcess[]
  /** The living server life that is this process; `pausedUntilUs` says when it last stood still, or will until. */
  lifeAt(
    pidNamespace: string,
    pid: number,
    startTime: number,
  ): { readonly name: string; readonly pausedUntilUs: number } | undefined
  /** Does the server life with this name still live? */
  isUp(life: string): boolean
  /** The pid namespace in which the living server with this life name stands. */
  namespaceOf(life: string): PidNamespace | undefined
  readonly settings: Settings
  /** A number that all living servers show together. */
  gauge(name: string): number
  /** Counts an interesting situation. */
  reached(name: string): void
}

export interface Finding {
  readonly text: string
  /** What it is about (`job:7`, `pid:35`): the story follows these. */
  readonly about: readonly string[]
}

/** One run of an invariant, fed with what changed. Each returns what is wrong, or nothing. */
export interface Check {
  changed?(change: Change): Finding | undefined
  happened?(event: WorldEvent): Finding | undefined
  /** After each step of the calm phase. */
  stepped?(): Finding | undefined
  /** At quiescence. */
  settled?(): Finding | undefined
}

export interface Invariant {
  readonly name: string
  /** A broken liveness invariant is a strand, a broken safety invariant a violation. */
  readonly kind: 'safety' | 'liveness'
  readonly story: string
  begin(view: View): Check
}

/** Something interesting that a campaign must reach, or say that it never did. */
export interface Situation {
  readonly name: string
  /** The families in which it can be reached; absent: in any. */
  readonly families?: readonly string[]
  /** Counted where it comes, and not missed where it does not: some things are nearly impossible, and good to know of. */
  readonly isRare?: true
  /** Is this committed change it? Absent where an invariant says so, by `view.reached`. */
  seen?(change: Change, view: View): boolean
  /** Begins with each run, and is asked about every event of it. */
  heard?(view: View): (event: WorldEvent) => boolean
}

export interface Unfinished extends Finding {}

/** Carries commands out in one server life. */
export interface Driver<C> {
  carry(command: C, id: string): Promise<void>
  /** Numbers that the server shows. */
  gauges?(): Readonly<Record<string, number>>
  /** Told to stop; resolves when the server has drained. */
  stop?(): Promise<void>
}

/** What a booting subject may ask of the harness: nothing that the system itself could see. */
export interface Stage {
  readonly life: Life
  readonly view: View
  /** Runs `work` as the owner of a row, as known by the fence that its claim wrote. */
  owning<T>(table: string, id: number, fence: unknown, name: string, work: () => T): T
  /** Runs `work` as nobody's: what an owner wakes does not act for it. */
  outside<T>(work: () => T): T
  /** Writes past the system and its CHECKs, as an old database would bring it. */
  plant(sql: string, parameters: readonly (string | number | null)[]): void
}

/** A kind of scenario: what arrives, on which machine, under which faults. */
export interface Family<C> {
  readonly weight: number
  readonly story: string
  /** One command of each of these is in every scenario, in this order. */
  readonly base: readonly fc.Arbitrary<Omit<Command<C>, 'id'>>[]
  /** Any number of these follow, up to `more`. Values shrink by it too, so it should shrink without context. */
  readonly command: fc.Arbitrary<Omit<Command<C>, 'id'>>
  readonly more: number
  /** Turns references drawn as numbers into ids of other commands, which deleting a third one does not move. */
  link?(commands: readonly Command<C>[]): readonly Command<C>[]
  /** The faults of which each run enables a random subset. */
  readonly faults: readonly FaultName[]
  /** Changes the subject's prepared database for the runs of this family. */
  prepare?(database: Database): void
  /** What is in the directory of the runs when a run of this family begins. */
  readonly directories?: readonly string[]
  /** How the system is set up in a run of this family. */
  settings?(random: () => number): Settings
  /** What the family wants of the machine. */
  profile?(random: () => number): Partial<Profile>
}

export interface Defect<C> {
  readonly name: string
  readonly incident: string
  /** The family in which it shows. */
  readonly family: string
  /** The invariants it breaks; the first is the one to look for. */
  readonly breaks: readonly string[]
  readonly story: string
  /** Seen once in thousands of scenarios: a hunt will hardly find it, and a kept token shows that it can be found. */
  readonly isRare?: true
  readonly mutant: Subject<C>
}

export interface Subject<C> {
  readonly name: string
  readonly families: Readonly<Record<string, Family<C>>>
  /** Names the prepared database: two subjects with equal keys share one. */
  readonly imageKey: string
  /** Makes the database on which every run begins. */
  prepare(database: Database): void
  readonly schema: Schema
  boot(stage: Stage): Promise<Driver<C>>
  /** Images that the container engine has. */
  readonly images?: readonly string[]
  /** What a command line would run. */
  program(argv: readonly string[], token: string, view: View): Program | undefined
  readonly invariants: readonly Invariant[]
  /** What a campaign must reach, beside the faults of its families. */
  readonly sometimes?: readonly Situation[]
  /** What is not finished at quiescence, each with its reason. */
  unfinished(view: View): readonly Unfinished[]
  /** The first wall time (ms) after this one at which the system has reason to act on its own. */
  due(view: View, afterMs: number): number | undefined
  /** Changes that mean nothing, such as heartbeats. */
  idle(change: Change): boolean
  /** How many rounds without a change every periodic loop may need until nothing more will come of them. */
  settleRounds(view: View): number
  /** What a committed change says to a person; nothing for what does not matter. */
  describe(change: Change): { readonly about: readonly string[]; readonly text: string } | undefined
  readonly defects?: Readonly<Record<string, Defect<C>>>
}

export function defineSubject<C>(subject: Subject<C>): Subject<C> {
  return subject
}

export type { Owner }
