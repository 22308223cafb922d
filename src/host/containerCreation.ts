/** What an engine is asked for when a container is to be made: what the specification says, and nothing that surprises. */
import type { ContainerCreateOptions } from 'dockerode'
import { ContainerError, type ContainerSpec } from '../ports/index.ts'

/**
 * The engine's own record, from which it repeats the output, is larger than that: each line has an envelope. Of a longer
 * record the engine keeps the end, and the beginning is what is kept here: so it has to last until that has been fetched.
 */
const LOG_FACTOR = 2
const LOG_BYTES_MIN = 64 * 1024 * 1024

/** Else all of it would stand in the address too, secrets included, and could be too long for one. */
interface Divided {
  readonly _query: { readonly name: string }
  readonly _body: ContainerCreateOptions
}

/** Throws ContainerError. */
export function creationOf(spec: ContainerSpec, outputBytesMax: number): ContainerCreateOptions & Divided {
  const { name, image, argv, directory, labels, binds } = spec
  const logBytesMax = Math.max(LOG_BYTES_MIN, LOG_FACTOR * outputBytesMax)
  return {
    _query: { name },
    _body: {
      Image: image,
      ...(argv.length > 0 && { Cmd: [...argv] }),
      ...(directory !== undefined && { WorkingDir: directory }),
      Env: variablesOf(spec),
      Labels: { ...labels },
      HostConfig: {
        // Not Binds, which makes a directory where there is none (spec: kernel C18).
        Mounts: binds.map(({ source, target }) => ({
          Type: 'bind',
          Source: source,
          Target: target,
          BindOptions: { Propagation: 'rprivate' },
        })),
        // With a single file, whoever follows it is not told when it begins anew.
        LogConfig: { Type: 'json-file', Config: { 'max-size': `${logBytesMax}`, 'max-file': '2' } },
      },
    },
  }
}

function variablesOf({ name, environment }: ContainerSpec): string[] {
  const odd = Object.keys(environment).find((variable) => variable === '' || variable.includes('='))
  if (odd !== undefined) {
    throw new ContainerError('impossible', `container ${name} cannot be made: a variable cannot be called "${odd}"`)
  }
  return Object.entries(environment).map(([variable, value]) => `${variable}=${value}`)
}
