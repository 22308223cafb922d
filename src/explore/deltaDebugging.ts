/** Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 2002). */

/**
 * Drops ever smaller chunks until no single item can go. `items` says what is left, and `accepts` takes a smaller set over
 * if it will do: what is left after that may be smaller still.
 */
export function reduce<T>(
  items: () => readonly T[],
  accepts: (items: T[]) => boolean,
  isExhausted: () => boolean,
): void {
  let chunk = items().length
  while (chunk >= 1 && !isExhausted()) {
    let dropped = false
    for (let from = 0; from < items().length && !isExhausted(); ) {
      const before = items().length
      const rest = items().toSpliced(from, chunk)
      if (rest.length < before && accepts(rest) && items().length < before) dropped = true
      else from += chunk
    }
    if (!dropped || chunk > 1) chunk = Math.floor(Math.min(chunk, items().length) / 2)
  }
}
