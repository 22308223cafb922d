/** Mistakes that somebody could have made in the simulated table: each is planted in its source, and each must be found. */
import type { Mistake } from './plantedTable.ts'

type Change = readonly [story: string, from: string, to: string]

const numbers: readonly Change[] = [
  [
    'a zombie frees its number',
    'if (!this.#used.has(pid)) return pid',
    "if (!this.#used.has(pid) || this.#used.get(pid).holder?.state === 'zombie') return pid",
  ],
  ['a group does not hold its number', ' && this.group.length === 0', ''],
  ['a session does not hold its number', ' && this.sessionSize === 0', ''],
  ['wraps to the bottom', 'this.lastPid < RESERVED_PIDS ? INIT_PID : RESERVED_PIDS', 'INIT_PID'],
  ['wraps to 300 too early', 'this.lastPid < RESERVED_PIDS ?', 'this.lastPid < RESERVED_PIDS - 1 ?'],
  ['pidMax is given out', 'this.#firstUnused(ahead, this.pidMax)', 'this.#firstUnused(ahead, this.pidMax + 1)'],
  ['the dying have left their groups already', 'member.hasLeft) return', "member.state === 'zombie') return"],
]

const table: readonly Change[] = [
  ['a failed exec uses no number', '(space.next() ?? ', '(--space.lastPid, space.next() ?? '],
  ['EPERM is told as ESRCH', "return { result: 'EPERM'", "return { result: 'ESRCH'"],
  ['kill(-1) on strangers is EPERM', 'refused && pid !== -1', 'refused'],
  ['one stranger spoils a group', 'number)) continue', 'number)) return { result: "EPERM", ...NOBODY }'],
  ['children stay with the dead', 'member.children.splice(0)', '[]'],
  ['Node as init reaps strangers', 'parent.isInit && ns.initReaps && ', 'parent.isInit && '],
  ['an orphaned job is not hung up', 'this.#hangUpIfOrphaned(child, member, undefined, wave)', ''],
  [
    'the death of the last tie itself hangs nobody up',
    '      this.#hangUpIfOrphaned(member, member.parent, member, wave)\n',
    '',
  ],
  ['detached groups are hung up, too', ' || tie.session !== session', ''],
  [
    'a closed namespace keeps its zombies',
    'if (!member.isInit) this.#release(member)',
    'if (!member.isInit && member.exit === KILLED) this.#release(member)',
  ],
  ['nobody is told of the death of a child', '      this.#notify(member.parent, wave)\n', ''],
  ['the init is not told of a zombie that it adopts', "if (child.state === 'zombie') this.#notify(init, wave)", ''],
  [
    'whoever ignores SIGCHLD keeps its zombies',
    "return parent.signals.disposition(SIGCHLD) === 'ignored'",
    'return false',
  ],
  ['another uid may not continue the jobs of its session', 'number === SIGCONT && process', 'false && process'],
  ['everybody may continue everybody', '&& process.sid === target.sid', ''],
  ['a stopped init goes on reaping', " && parent.state === 'running') return true", ') return true'],
  ['a continued init forgets what it has missed', "if (effect === 'continued' && target.isInit &&", 'if (false &&'],
  ['a continued init drops zombies that it does not reap', 'target.isInit && target.ns.initReaps', 'target.isInit'],
  ['wait finds adopted children first', 'init.children.push(child)', 'init.children.unshift(child)'],
  ['exit codes are not cut', 'code & 0xff', 'code'],
  [
    'a group can be entered from another session',
    ' && group.group[0]?.session !== member.session',
    ' && group.group.length === 0',
  ],
  [
    'the leader of a group can open a session',
    'if (member.number.group.length > 0) return',
    'if (member.session === member.number) return',
  ],
]

const signals: readonly Change[] = [
  ['a second fatal signal wins', "|| target.state === 'zombie'", ''],
  ['SIGTERM works on the stopped', 'number !== SIGKILL)', 'number === 10)'],
  ['SIGCONT leaves stops pending', '  signals.forgetStops()', ''],
  ['SIGTSTP stops an orphaned group', 'number !== SIGSTOP && ', 'false && '],
  ['pending signals come by number alone', 'faults !== 0 ? faults :', ''],
  ['children forget what was ignored', 'parent === undefined ? 0 : parent.#ignored', '0'],
  ['SIGKILL from inside ends the init', '!(fromOutside && isUnchangeable(number))', '!isUnchangeable(number)'],
  ['the init has no shield', '!target.isInit || ', 'true || '],
]

/** Processes cannot tell: only an observer of the table is told when something happens, and that it does once. */
const forObservers: readonly Change[] = [
  ['start times tick every millisecond', 'TICK_US = 10_000', 'TICK_US = 1_000'],
  [
    'a death is told twice',
    '    wave.dead.push(member)',
    '    wave.dead.push(member)\n    this.#observer?.died(member)',
  ],
]

function mistakesIn(file: Mistake['file'], changes: readonly Change[]): Mistake[] {
  return changes.map(([story, from, to]) => ({ story, file, from, to }))
}

/** Those that the real kernel shows. */
export const visibleMistakes: readonly Mistake[] = [
  ...mistakesIn('pidNamespace.ts', numbers),
  ...mistakesIn('signals.ts', signals),
  ...mistakesIn('processTable.ts', table),
]

export const mistakes: readonly Mistake[] = [...visibleMistakes, ...mistakesIn('processTable.ts', forObservers)]
