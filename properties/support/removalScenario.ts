/** A directory that is removed by `fs.promises.rm` while others are at work in it: to be played for real and simulated. */

export interface Call {
  readonly call: 'mkdir' | 'write'
  readonly path: string
}

export interface RemovalScenario {
  /** What is in the directory; a slash at the end means a directory. */
  readonly tree: readonly string[]
  /** One of these directories, on which another with a file "s" is mounted. */
  readonly mountpoint?: string
  /** When the others begin. */
  readonly begins: 'at once' | 'after the error'
  /** Each of the others makes its calls one after the other. */
  readonly acts: readonly (readonly Call[])[]
}

/** The error, what the calls of the others answered, and what is left when everybody has come to an end. */
export type Outcome = readonly [error: string, answers: string, left: string]

const call = (name: Call['call']) => (path: string) => ({ call: name, path })
const [mkdir, write] = [call('mkdir'), call('write')]

export const scenarios = {
  /** Whoever tries again after the error makes anew what is still being removed (R2, R3). */
  mountpointWithin: {
    tree: ['a', 'm/', 'z/', 'z/q/', 'z/q/y'],
    mountpoint: 'm/',
    begins: 'after the error',
    acts: [[mkdir('z'), mkdir('z/q'), write('z/q/y')]],
  },
  /** Somebody goes on writing, and somebody makes the directory anew (R9, R10). */
  writers: {
    tree: ['sub/', 'sub/0'],
    begins: 'at once',
    acts: [
      [write('sub/1'), write('sub/2')],
      [mkdir('sub'), write('sub/3')],
    ],
  },
} satisfies Record<string, RemovalScenario>
