/** Numbers and columns for people. */
import { table } from '../src/report/index.ts'
import type { Measured } from './measure.ts'

export function heading(text: string): void {
  console.log(`\n${text}`)
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const line of table([head, ...rows], ['left', ...head.slice(1).map(() => 'right' as const)], '  '))
    console.log(line)
}

/** 3,210,000 → 3.21 M. */
export function big(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} k`
  return value.toPrecision(3)
}

export function micros(ns: number): string {
  return `${(ns / 1000).toPrecision(3)} µs`
}

export function spreadOf({ spread }: Measured): string {
  return `± ${(100 * spread).toFixed(0)} %`
}
