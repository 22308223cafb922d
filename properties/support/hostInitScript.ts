/**
 * A program that is started as pid 1. It leaves an orphan, waits until nothing is left of it, and says so; it ends with
 * code 7 on SIGTERM, which it sends to pid 1 itself, as whoever stops a container does.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { becomeInit } from '../../src/host/index.ts'

const DEADLINE_MS = 10_000
const POLL_MS = 5
const warning = becomeInit()

function orphan(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', 'sleep 0.01 & echo $!'], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.once('data', (text) => resolve(Number(text)))
  })
}

async function isReaped(pid: number): Promise<boolean> {
  const giveUpMs = performance.now() + DEADLINE_MS
  while (existsSync(`/proc/${pid}`)) {
    if (performance.now() > giveUpMs) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return true
}

const reaped = await isReaped(await orphan())
const told = { pid: process.pid, parent: process.ppid, warning, reaped, arguments: process.argv.slice(2) }
process.on('SIGTERM', () => {
  console.log(JSON.stringify({ ...told, own: process.env.STRANDLINE_OWN }))
  process.exit(7)
})
process.kill(1, 'SIGTERM')
setTimeout(() => process.exit(9), DEADLINE_MS)
