/** Whole numbers on a command line. */
import { UsageError } from './usage.ts'

/** Checks a whole number and names it in the complaint. */
export function wholeNumber(name: string, max: number, min = 1): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
    const words = `${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}`
    throw new UsageError(`${name} must be a whole number from ${words}, not "${text}"`)
  }
}
