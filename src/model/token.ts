/**
 * The token of a run: `installation/life/run`, three random names that nobody else will draw. The first is the database's,
 * the second the server life's. So what belongs to a run, to a life or to an installation is found by the same comparison.
 */

/** What a token begins with. */
export function installationOf(token: string): string {
  return token.split('/', 1)[0]!
}

/** The token of the life under which the run was begun. */
export function lifeTokenOf(token: string): string {
  return token.slice(0, token.lastIndexOf('/'))
}

/** The run's own name, without whose it is. */
export function runNameOf(token: string): string {
  return token.slice(token.lastIndexOf('/') + 1)
}

/** Is it one of these, or does it continue one? */
export function continuesOne(token: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => token === beginning || token.startsWith(`${beginning}/`))
}
