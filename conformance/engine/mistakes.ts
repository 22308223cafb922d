/** Mistakes that somebody could have made in the simulated engine: each is planted in its source, and each must be found. */
import type { Mistake } from './plantedEngine.ts'

type Change = readonly [story: string, from: string, to: string]

const engine: readonly Change[] = [
  [
    'the name is looked at before the image',
    'if (!this.#images.has(spec.image)) return { status: 404 }',
    'if (isName(spec.name) && !this.#images.has(spec.image)) return { status: 404 }',
  ],
  [
    'a name is free as soon as its removal begins',
    'if (this.#registry.isTaken(spec.name)) return',
    'if (this.#registry.find(spec.name)?.isRemoving === false) return',
  ],
  ['a second start is 409', 'if (container.isRunning) return 304', 'if (container.isRunning) return 409'],
  ['what cannot be executed is 404', 'container.exitCode = SHELL_CODES[began]\n    return 400', 'return 404'],
  ['a start that fails leaves no code', 'container.exitCode = SHELL_CODES[began]\n', ''],
  ['what is missing is 126', 'missing: 127', 'missing: 126'],
  [
    'a stop of what has exited is 204',
    'if (!container.isRunning) return 304\n    if (!(yield',
    'if (!container.isRunning) return 204\n    if (!(yield',
  ],
  ['a stop does not ask first', "this.#hooks.signalled(container, 'SIGTERM')\n    if (!(yield", 'if (!(yield'],
  ['a stop never kills', "if (ended.isOver()) return 204\n    this.#hooks.signalled(container, 'SIGKILL')", ''],
  ['who is unknown is 404, whatever the signal', 'if (!KNOWN_SIGNAL.test(signal)) return 400\n', ''],
  [
    'a kill of what has exited is 204',
    'if (!container.isRunning) return 409\n    const ended',
    'if (!container.isRunning) return 204\n    const ended',
  ],
  ['a kill does not wait for the end', "if (!signal.endsWith('KILL')) return 204", 'if (signal) return 204'],
  ['every signal kills', "signal.replace(/^(SIG)?/, 'SIG')", "'SIGKILL'"],
  ['what runs is removed without force', 'container.isRunning && !force', 'container.isRunning && false'],
  ['what runs is not removed by force either', 'container.isRunning && !force', 'container.isRunning'],
  ['a removal that is refused goes on', 'container.isRemoving = false\n      return 409', 'return 409'],
  [
    'a second removal is 204',
    'if (container.isRemoving) return 409\n    container.isRemoving = true',
    'if (container.isRemoving) return 204\n    container.isRemoving = true',
  ],
  [
    'a second removal waits for the first',
    'if (container.isRemoving) return 409\n    container.isRemoving = true',
    'if (container.isRemoving && !(yield* this.#rest({ isOver: () => container.isGone, atMostMs: undefined }))) return 409\n    container.isRemoving = true',
  ],
  ['a list does not look at labels', 'spec.labels[name] === value', 'value !== name'],
  [
    'a list forgets what has exited',
    'this.#registry.all().filter(({ spec })',
    'this.#registry.running().filter(({ spec })',
  ],
  [
    'a daemon that is killed takes its containers along',
    'container.isRemoving = false\n      container.loseWaiters()',
    "container.isRemoving = false\n      this.#hooks.signalled(container, 'SIGKILL')\n      container.loseWaiters()",
  ],
  ['who waits does not notice the death of the daemon', '      container.loseWaiters()\n', ''],
  ['what has ended without a daemon was killed', 'this.#end(container, unseenCode)', 'this.#end(container, 137)'],
  [
    'a new daemon lets the containers of the old one run',
    "if (yield* this.#endAll()) this.#phase = 'up'",
    "this.#phase = 'up'",
  ],
  [
    'a daemon that ends kills without a warning',
    "for (const container of running) this.#hooks.signalled(container, 'SIGTERM')\n",
    '',
  ],
]

const container: readonly Change[] = [
  [
    'a wait for what was never started lasts',
    "condition === 'not-running' && !this.isRunning",
    "condition === 'not-running' && !this.isRunning && this.starts > 0",
  ],
  [
    'a wait for the next exit is content with the last',
    "condition === 'not-running' && !this.isRunning",
    "condition !== 'removed' && !this.isRunning && this.starts > 0",
  ],
  [
    'a removal is told only to those who wait for it',
    '#tell(() => true)',
    "#tell(({ condition }) => condition === 'removed')",
  ],
  [
    'an end is told to those who wait for the removal',
    "#tell(({ condition }) => condition !== 'removed')",
    '#tell(() => true)',
  ],
  ['a start keeps the code of the last end', '    this.exitCode = 0\n', ''],
  ['what was killed ends with 0', 'this.exitCode = code\n', 'this.exitCode = code === 137 ? 0 : code\n'],
  ['what was never started has exited', "this.starts === 0 ? 'created' : 'exited'", "'exited'"],
]

const registry: readonly Change[] = [
  ['an id comes again', '(++this.#created)', '(++this.#created, this.#byId.size + 1)'],
  ['a name stays taken for ever', '    this.#byName.delete(spec.name)\n', ''],
  ['names begin with anything', '/^[a-zA-Z0-9]', '/^[-a-zA-Z0-9]?'],
]

function mistakesIn(file: Mistake['file'], changes: readonly Change[]): Mistake[] {
  return changes.map(([story, from, to]) => ({ story, file, from, to }))
}

export const mistakes: readonly Mistake[] = [
  ...mistakesIn('engine.ts', engine),
  ...mistakesIn('container.ts', container),
  ...mistakesIn('registry.ts', registry),
]
