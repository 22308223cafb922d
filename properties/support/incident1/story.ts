/**
 * What incident 1 rests on: a container works in a directory of the host's, and the host removes it and makes it anew. The
 * same text for the real machine and for the simulated one.
 */

/** Each answers `ok`, the name of an errno, or the names that are there. */
export interface Host {
  remove(): Promise<string>
  makeAnew(): Promise<string>
  write(name: string): Promise<string>
  names(): Promise<string>
  /** A container that has the directory as it is now. */
  start(): Promise<Container>
}

export interface Container {
  /** A log that it has had open from its beginning. */
  log(): Promise<string>
  write(name: string): Promise<string>
  names(): Promise<string>
}

export async function tell(host: Host): Promise<Readonly<Record<string, string>>> {
  const container = await host.start()
  return {
    'it begins': await container.log(),
    'the host sees': await host.names(),
    'the host removes the directory': await host.remove(),
    'the container goes on with its log': await container.log(),
    'it makes a file': await container.write('result'),
    'it sees': await container.names(),
    'the host makes the directory anew': await host.makeAnew(),
    'and writes': await host.write('second'),
    'the container still sees': await container.names(),
    'and can still make nothing': await container.write('result'),
    'another container sees': await (await host.start()).names(),
    'the host sees at the end': await host.names(),
  }
}
