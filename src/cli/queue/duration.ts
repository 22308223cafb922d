/** Spans of time as people write and read them. */
import { UsageError } from '../usage.ts'

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const MAX_MS = 36_500 * units.d

/** `500ms`, `10s`, `5m`, `2h`, `1d`; a bare number means seconds. */
export function durationMs(name: string): (text: string) => number {
  return (text) => {
    const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? []
    const ms = amount === undefined ? Number.NaN : Math.round(Number(amount) * units[unit as keyof typeof units])
    if (ms <= MAX_MS) return ms
    throw new UsageError(`${name} must be a span of time such as 500ms, 10s, 5m, 2h or 1d, not "${text}"`)
  }
}

/** `350 ms`, `12 s`, `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function durationWords(ms: number): string {
  if (ms < units.s) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < units.m) return `${Math.floor(ms / units.s)} s`
  if (ms < units.h) return `${Math.floor(ms / units.m)} min`
  if (ms < units.d) return joined(ms, units.h, 'h', units.m, 'min')
  return joined(ms, units.d, 'd', units.h, 'h')
}

function joined(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`
}
