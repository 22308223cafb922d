/** The commands that the world itself carries out, whatever the subject. */
import { type Life, label, type Machine, type SimProcess, type World, type WorldCommand } from '../sim/index.ts'

const kinds: ReadonlySet<string> = new Set([
  'crash',
  'stop',
  'pause',
  'wallStep',
  'fullDisk',
  'engineRestart',
  'killProcess',
  'impostor',
  'strangers',
] satisfies WorldCommand['kind'][])

const strangerLabel = label('stranger')

export function isWorldCommand(what: unknown): what is WorldCommand {
  return kinds.has((what as { kind: string }).kind)
}

/** `stop` tells a server to drain. */
export function carryOut(
  what: WorldCommand,
  id: string,
  world: World,
  machine: Machine,
  stop: (life: Life) => void,
): void {
  switch (what.kind) {
    case 'wallStep':
      world.setWall(what.ms)
      return
    case 'fullDisk':
      world.tell('disk', [], `is full${what.brim ? ' to the brim' : ''} for ${what.ms} ms`)
      machine.fillDisk(world.loop.root(id), what.ms, what.brim)
      return
    case 'engineRestart':
      machine.restartEngine(world.loop.root(id), what.how, what.ms)
      return
    case 'killProcess': {
      const victim = nthChild(machine, what.nth)
      if (victim === undefined) return
      world.tell('kernel', [`pid:${victim.pid}`], `kills pid ${victim.pid} (${victim.label})`)
      machine.table.exit(victim, { code: null, signal: 'SIGKILL' })
      return
    }
    case 'impostor': {
      const victim = nthChild(machine, what.nth)
      if (victim === undefined) return
      const { pid, label: name } = victim
      world.tell('kernel', [`pid:${pid}`], `pid ${pid} (${name}) dies unheard, a stranger gets its number`)
      machine.impersonate(victim, world.loop.fork(world.loop.root(id), strangerLabel), what.ms)
      return
    }
    case 'strangers': {
      const life = machine.lives.find((candidate) => candidate !== undefined)
      if (life === undefined) return
      for (let n = 0; n < what.count; n++) {
        const chain = world.loop.fork(world.loop.root(id), strangerLabel)
        machine.stranger(life.process.ns, chain, what.ms, n % 2 === 0)
      }
      return
    }
    default: {
      const life = machine.lives[what.server % world.profile.servers]
      if (life === undefined) return
      if (what.kind === 'crash') machine.end(life, 'crash')
      else if (what.kind === 'stop') stop(life)
      else pause(world, life, what.ms)
    }
  }
}

function pause(world: World, life: Life, ms: number): void {
  life.pausedUntilUs = Math.max(life.pausedUntilUs, world.nowUs + ms * 1000)
  world.tell(life.name, [`server:${life.server}`], `stands still for ${ms} ms`)
}

function nthChild(machine: Machine, nth: number): SimProcess | undefined {
  const children = machine.children()
  return children[nth % children.length]
}
