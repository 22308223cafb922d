/**
 * Nothing happens outside the world: while a run is under way, ambient time, randomness, timers, files, processes and the
 * network throw with the caller's stack. Dispatchers are installed once and pass everything through between runs; a run
 * is synchronous, so nobody else's call can fall into it. Names imported from builtins are live and covered. What a module
 * copied at its load (`const now = Date.now`, a class that extends Date) is covered only if the guard stood by then.
 */
import childProcess from 'node:child_process'
import crypto from 'node:crypto'
import dgram from 'node:dgram'
import dns from 'node:dns'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import module from 'node:module'
import net from 'node:net'
import os from 'node:os'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import workers from 'node:worker_threads'

/** A simulated run touched the real machine. */
export class AmbientError extends Error {
  readonly what: string
  constructor(what: string) {
    super(`${what} was called during a simulated run: the result would depend on the real machine. Ask a port instead.`)
    this.name = 'AmbientError'
    this.what = what
  }
}

type Holder = Record<string, unknown>

let onLeak: ((error: AmbientError) => void) | undefined
let installed = false

function leak(what: string): never {
  const error = new AmbientError(what)
  onLeak?.(error)
  throw error
}

/** Runs `work` with the guard up; every leak is reported to `report` too, since the code that leaked may swallow the error. */
export function guarded<T>(work: () => T, report: (error: AmbientError) => void): T {
  installGuard()
  const outer = onLeak
  onLeak = report
  try {
    return work()
  } finally {
    onLeak = outer
  }
}

function replace(holder: object, name: string, what: string): void {
  const original = (holder as Holder)[name]
  if (typeof original !== 'function') return
  const dispatcher = function (this: unknown, ...parameters: unknown[]) {
    if (onLeak !== undefined) leak(what)
    return new.target === undefined
      ? Reflect.apply(original, this, parameters)
      : Reflect.construct(original, parameters, new.target === dispatcher ? original : new.target)
  }
  const properties = Object.getOwnPropertyDescriptors(original) as Record<PropertyKey, PropertyDescriptor>
  for (const key of Reflect.ownKeys(properties)) {
    const own = Object.getOwnPropertyDescriptor(dispatcher, key)
    if (own === undefined || own.configurable || own.writable) Object.defineProperty(dispatcher, key, properties[key]!)
  }
  const described = Object.getOwnPropertyDescriptor(holder, name)
  if (described?.writable || described?.set !== undefined) (holder as Holder)[name] = dispatcher
  else if (described?.configurable) Object.defineProperty(holder, name, { ...described, value: dispatcher })
}

function replaceAll(holder: object, what: string, names: readonly string[]): void {
  for (const name of names) replace(holder, name, `${what}${name}`)
}

function functionsOf(holder: object): string[] {
  return Object.keys(holder).filter((name) => typeof (holder as Holder)[name] === 'function' && isVerb(name))
}

/** Not a class, and not the constructor. */
function isVerb(name: string): boolean {
  return /^[a-z]/.test(name) && name !== 'constructor'
}

function replaceDate(): void {
  const Genuine = Date
  const dispatcher = function (this: unknown, ...parameters: unknown[]) {
    if (onLeak !== undefined && (new.target === undefined || parameters.length === 0)) leak('Date()')
    if (new.target === undefined) return Genuine()
    return Reflect.construct(Genuine, parameters, new.target === (dispatcher as unknown) ? Genuine : new.target)
  }
  Object.defineProperties(dispatcher, Object.getOwnPropertyDescriptors(Genuine))
  replace(dispatcher, 'now', 'Date.now()')
  Object.defineProperty(Genuine.prototype, 'constructor', { value: dispatcher, writable: true, configurable: true })
  globalThis.Date = dispatcher as unknown as DateConstructor
}

/** With no argument, or with undefined, a format is of the present time. */
function replaceFormat(name: 'format' | 'formatToParts'): void {
  const { prototype } = Intl.DateTimeFormat
  const { get, value, ...described } = Object.getOwnPropertyDescriptor(prototype, name)!
  const checked = (format: (date?: Date) => unknown, date: Date | undefined) => {
    if (onLeak !== undefined && date === undefined) leak(`Intl.DateTimeFormat.${name}()`)
    return format(date)
  }
  const wrapped =
    get === undefined
      ? {
          value(this: Intl.DateTimeFormat, date?: Date) {
            return checked((given) => Reflect.apply(value, this, [given]), date)
          },
        }
      : {
          get(this: Intl.DateTimeFormat) {
            const format = Reflect.apply(get, this, [])
            return (date?: Date) => checked(format, date)
          },
        }
  Object.defineProperty(prototype, name, { ...described, ...wrapped })
}

/** Done by the first run; earlier is better, before the code under test is loaded. Once is enough. */
export function installGuard(): void {
  if (installed) return
  installed = true
  replaceDate()
  replaceAll(globalThis, '', ['setTimeout', 'setInterval', 'setImmediate', 'fetch'])
  replaceAll(Math, 'Math.', ['random'])
  replaceAll(performance, 'performance.', ['now', 'mark', 'measure'])
  replaceAll(Object.getPrototypeOf(performance) as object, 'performance.', ['now', 'mark', 'measure'])
  replaceFormat('format')
  replaceFormat('formatToParts')
  replaceAll(AbortSignal, 'AbortSignal.', ['timeout'])
  replaceAll(process, 'process.', ['uptime', 'cpuUsage', 'memoryUsage', 'kill'])
  replace((process as unknown as { hrtime: object }).hrtime, 'bigint', 'process.hrtime.bigint')
  replace(process, 'hrtime', 'process.hrtime')
  const temporal = (globalThis as unknown as { Temporal?: { Now: object } }).Temporal?.Now
  if (temporal !== undefined) replaceAll(temporal, 'Temporal.Now.', Object.getOwnPropertyNames(temporal))
  replaceAll(globalThis.crypto, 'crypto.', ['getRandomValues', 'randomUUID'])
  replaceAll(Object.getPrototypeOf(globalThis.crypto) as object, 'crypto.', ['getRandomValues', 'randomUUID'])
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as object
  replaceAll(subtle, 'crypto.subtle.', Object.getOwnPropertyNames(subtle).filter(isVerb))
  const unpredictable = functionsOf(crypto).filter((name) => /^(random|generate|pbkdf2$|scrypt$|hkdf$)/.test(name))
  replaceAll(crypto, 'node:crypto ', unpredictable)
  replaceAll(timers, 'node:timers ', ['setTimeout', 'setInterval', 'setImmediate'])
  replaceAll(timersPromises, 'node:timers/promises ', ['setTimeout', 'setInterval', 'setImmediate'])
  replaceAll(Object.getPrototypeOf(timersPromises.scheduler) as object, 'scheduler.', ['wait', 'yield'])
  replaceAll(fs, 'node:fs ', functionsOf(fs))
  replaceAll(fs.promises, 'node:fs/promises ', functionsOf(fs.promises))
  replaceAll(childProcess, 'node:child_process ', functionsOf(childProcess))
  replaceAll(net, 'node:net ', ['connect', 'createConnection', 'createServer'])
  replaceAll(net.Socket.prototype, 'Socket.', ['connect'])
  replaceAll(net.Server.prototype, 'Server.', ['listen'])
  replaceAll(os, 'node:os ', functionsOf(os))
  replaceAll(dgram, 'node:dgram ', ['createSocket'])
  replaceAll(dns, 'node:dns ', ['lookup', 'resolve'])
  replaceAll(http, 'node:http ', ['request', 'get', 'createServer'])
  replaceAll(https, 'node:https ', ['request', 'get', 'createServer'])
  replaceAll(workers, 'node:worker_threads ', ['Worker'])
  module.syncBuiltinESMExports()
}
