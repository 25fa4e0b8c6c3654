// One server process on loopback that can be stopped, killed and started again on its port and its data.
// It never outlives the process that started it, however that ends.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { otherUser } from './java.ts'

export interface Backend {
  /** The server's first process, whose group all of them are in; another one after each start. */
  readonly pid: number
  readonly port: number
  readonly dataDir: string
  /** What the server has written since it was first started. */
  output(): string
  /** To all of its processes; SIGSTOP and SIGCONT make it hang and wake. */
  signal(signal: NodeJS.Signals): void
  /** Ends it, SIGTERM by default, and waits until it is gone. Its data stay. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on the same port and data, and waits until it serves. */
  start(): Promise<void>
  /** Stops it if need be and removes its data. */
  remove(): Promise<void>
}

export interface Recipe {
  readonly name: string
  readonly port: number
  readonly dataDir: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Whether it serves yet. */
  ready(): Promise<boolean>
}

/** The server died because something else was on one of its ports by the time it wanted them. */
class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

/** On a busy machine with two cores a cold start took 25 s. */
const START_MS = 180_000
const STOP_MS = 60_000

/**
 * Starts the server in a process group of its own and tells its id. Nobody writes to the guard's input, which ends
 * when whoever started it is gone: then it kills the group, and removes the folder given, if one is.
 */
const GUARD = `
folder=$1; shift
set -m
"$@" </dev/null 3>&- &
server=$!
{
  read -r _ <&4
  trap '' TERM
  kill -KILL -- -$server
  # What has a group of its own goes a moment later. In a temp folder closed to others the empty folder has to stay.
  [ -z "$folder" ] || for try in {1..5}; do rm -rf -- "$folder" || true; [ -n "$(ls -A "$folder")" ] || break; sleep 0.2; done
} 4<&0 3>&- &
watch=$!
set +m
echo $server >&3; exec 3>&-
wait $server; code=$?
kill $watch
exit $code
`

export async function launch({ name, port, dataDir, command, env, ready }: Recipe): Promise<Backend> {
  const log = join(dataDir, 'server.log')
  const output = () => readFileSync(log, 'utf8')
  let group = 0
  let running = false
  let ended: Promise<string> = Promise.resolve('')

  const signal = (name: NodeJS.Signals) => {
    if (running) process.kill(-group, name)
  }
  const stop = async (name: NodeJS.Signals = 'SIGTERM') => {
    signal(name)
    const late = setTimeout(() => signal('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(late)
    // Its last process may go a moment after the first: port and files must be free. Not for ever: where nobody
    // reaps orphans they stay listed.
    for (let tries = 0; (!(await isFree(port)) || isThere(group)) && tries < 150; tries++) await sleep(20)
  }
  const start = async () => {
    const before = existsSync(log) ? output().length : 0
    const file = openSync(log, 'a', 0o644)
    const guard = spawn('bash', ['-c', GUARD, name, temporary.has(dataDir) ? dataDir : '', ...command], {
      ...otherUser(),
      cwd: dataDir,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', file, file, 'pipe'],
      detached: true,
    })
    closeSync(file)
    ended = new Promise((resolve) => {
      guard.once('error', (error) => resolve(error.message))
      guard.once('exit', (code) => {
        running = false
        resolve(`ended with ${String(code)}`)
      })
    })
    guard.stdio[3]?.once('data', (id: Buffer) => {
      group = Number(id.toString())
      running = true
    })
    const trouble = await Promise.race([ended, serving(ready)])
    if (trouble === undefined) return
    await stop('SIGKILL')
    const said = output().slice(before)
    const Failure = /address already in use|BindException/i.test(said) ? PortTaken : Error
    throw new Failure(`${name} did not start: ${trouble}\n${said.slice(-4000)}`)
  }

  await start()
  return {
    get pid() {
      return group
    },
    port,
    dataDir,
    output,
    signal,
    stop,
    start,
    async remove() {
      await stop('SIGKILL')
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Whether something listens on the port: for servers that do so no sooner than they serve. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}

function isThere(group: number): boolean {
  try {
    return group !== 0 && process.kill(-group, 0)
  } catch {
    return false
  }
}

async function serving(ready: () => Promise<boolean>): Promise<string | undefined> {
  const until = Date.now() + START_MS
  while (Date.now() < until) {
    if (await ready()) return undefined
    await sleep(100)
  }
  return `not ready after ${START_MS / 1000} s`
}

/** Those that go with their server, however it ends. */
const temporary = new Set<string>()

/** Starts a server in a temporary folder of its own, which goes if that fails, and with whoever started it. */
export async function inTemporaryFolder<T>(
  name: string,
  startIn: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `hopscope-${name}-`))
  temporary.add(folder)
  try {
    return await startIn(ownFolder(folder))
  } catch (error) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    throw error
  }
}

/** A folder that the servers' user owns and can reach. */
export function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true })
  const user = otherUser()
  if (user === undefined) return path
  chownSync(path, user.uid, user.gid)
  // Temp folders are closed to others; it is enough that they can be passed through. Nothing else is opened.
  for (let parent = dirname(path); parent !== dirname(parent); parent = dirname(parent)) {
    const { mode } = statSync(parent)
    if ((mode & 0o001) !== 0) continue
    if (!`${parent}/`.startsWith(`${tmpdir()}/`))
      throw new Error(`user nobody can't reach ${path}: ${parent} is closed`)
    chmodSync(parent, (mode & 0o777) | 0o011)
  }
  return path
}

/**
 * A free port below those that the system hands out for outgoing connections: while a server is down, one of its
 * own clients could else be given its port, and find itself there.
 */
export async function freePort(): Promise<number> {
  const end = Math.max(LOWEST + 1000, Math.min(firstOutgoing(), 30_000))
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (end - LOWEST))
    if (await isFree(port)) return port
  }
}

const LOWEST = 10_000

function firstOutgoing(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0])
  } catch {
    // Not Linux: they begin at 49152 there.
    return 49_152
  }
}

/**
 * Starts a server on the port given, or on a free one. What was free may be taken before a slow server comes to
 * listen there: then it is tried on another.
 */
export async function onPort<T>(
  given: number | undefined,
  launchOn: (port: number) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return launchOn(given)
  for (let triesLeft = 3; ; triesLeft--)
    try {
      return await launchOn(await freePort())
    } catch (error) {
      if (!(error instanceof PortTaken) || triesLeft === 1) throw error
    }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
