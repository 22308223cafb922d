/** Every way in which code might touch the real machine, as code does it: through globals and through names imported early. */
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID, webcrypto } from 'node:crypto'
import fs, { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, Socket } from 'node:net'
import { freemem } from 'node:os'
import { performance as imported } from 'node:perf_hooks'
import { hrtime } from 'node:process'
import { setTimeout as namedTimeout } from 'node:timers'
import { scheduler, setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

export const leaks: Readonly<Record<string, () => unknown>> = {
  'Date.now': () => Date.now(),
  'new Date': () => new Date(),
  'Date as a function': () => Date(),
  'a subclass of Date': () => new (class Birthday extends Date {})(),
  'Math.random': () => Math.random(),
  'performance.now': () => performance.now(),
  'performance imported': () => imported.now(),
  'process.hrtime': () => process.hrtime(),
  'hrtime imported': () => hrtime(),
  'process.hrtime.bigint': () => process.hrtime.bigint(),
  'process.uptime': () => process.uptime(),
  'Intl.DateTimeFormat': () => new Intl.DateTimeFormat('en').format(),
  setTimeout: () => setTimeout(() => undefined, 1),
  setInterval: () => setInterval(() => undefined, 1),
  setImmediate: () => setImmediate(() => undefined),
  'node:timers': () => namedTimeout(() => undefined, 1),
  'node:timers/promises': () => sleep(1),
  'scheduler.wait': () => scheduler.wait(1),
  'promisify(setTimeout)': () => promisify(setTimeout)(1),
  'AbortSignal.timeout': () => AbortSignal.timeout(1),
  'crypto.randomUUID': () => crypto.randomUUID(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  'webcrypto imported': () => webcrypto.getRandomValues(new Uint8Array(1)),
  'crypto.subtle': () => crypto.subtle.digest('SHA-256', new Uint8Array(1)),
  'randomUUID imported': () => randomUUID(),
  'randomBytes imported': () => randomBytes(1),
  'fs.readFileSync': () => fs.readFileSync('package.json'),
  'readFileSync imported': () => readFileSync('package.json'),
  'fs.promises': () => fs.promises.readFile('package.json'),
  'readFile imported': () => readFile('package.json'),
  'spawn imported': () => spawn('true'),
  freemem: () => freemem(),
  fetch: () => fetch('http://localhost:1'),
  'http.request': () => request('http://localhost:1'),
  'net.connect': () => connect(1),
  'a socket': () => new Socket().connect(1),
  Worker: () => new Worker('', { eval: true }),
}
