// Incident 2 on the real kernel: two pid namespaces one after the other stand for the container before and after its
// restart, and the number 35 is forced to come again. The simulator's verdict on the same defect stands beside it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { strandline } from './support/cli.ts'
import { noNamespaces, unshared } from './support/hostHouse.ts'
import { PID, type Variant } from './support/incident2/machine.ts'

/** To be ended, whatever happens. */
const acts: ChildProcess[] = []

const why = noNamespaces()

function enter(name: 'before' | 'after', ...parameters: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL(`./support/incident2/${name}.ts`, import.meta.url))
  const command = unshared(['--kill-child=KILL', process.execPath, script, ...parameters])
  const act = spawn(...command, { stdio: ['ignore', 'pipe', 'inherit'] })
  acts.push(act)
  return act
}

async function told(act: ChildProcess): Promise<unknown> {
  for await (const line of createInterface({ input: act.stdout! })) return JSON.parse(line)
  throw new Error('it ended without a word')
}

async function reenact(variant: Variant): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), 'strandline-incident-2-'))
  try {
    const file = join(directory, 'orch.db')
    const before = enter('before', file, variant)
    const ended = new Promise((resolve) => before.once('close', resolve))
    const { j, k, fence, ...job } = (await told(before)) as Record<string, unknown>
    expect(job).toMatchObject({ status: 'running', pid: PID })
    before.kill('SIGKILL')
    await ended
    return await told(enter('after', file, variant, String(j), String(k), String(fence)))
  } finally {
    for (const act of acts.splice(0)) act.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
}

test('as published, the queue stands still because a stranger is alive', async ({ skip }) => {
  skip(why !== undefined, why)
  expect(await reenact('published')).toMatchObject({
    stranger: PID,
    holds35: ['sleep', '600'],
    // Claimed again, it still names the run and the process of the life before.
    claimedAgain: { pid: PID, run: 2 },
    guarded: expect.toSatisfy((looks: number) => looks > 20),
    k: 'waits',
    jobs: { running: 1, queued: 1 },
  })
})

test('as it is, the same machine lets the next job through', async ({ skip }) => {
  skip(why !== undefined, why)
  expect(await reenact('sound')).toMatchObject({
    stranger: PID,
    holds35: ['sleep', '600'],
    claimedAgain: { pid: null, run: null },
    guarded: 0,
    k: 'claimed',
  })
})

test('the simulator says the same of both', async () => {
  const hunt = ['hunt', '--seed', '27', '--family', 'reuse', '--scenarios', '200', '--json']
  const broken = await strandline([...hunt, '--defect', 'published'])
  expect(broken.code).toBe(1)
  expect(await strandline(hunt)).toMatchObject({ code: 0 })
})
