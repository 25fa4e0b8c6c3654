// The demo's child processes: started, watched, and every one of them ended.
import { type ChildProcess, fork, spawn } from 'node:child_process'

const KILL_AFTER_MS = 5000
const KEPT_LINES = 15

interface Child {
  name: string
  process: ChildProcess
  ended: Promise<string>
  killAfterMs: number
  /** Whether the demo is over without it. */
  needed: boolean
  /** The last lines it printed. */
  lines: string[]
}

export class Processes {
  readonly #children: Child[] = []
  #ending = false
  readonly #died: (what: string) => void

  /** `died` is told of a child that ended without having been asked to. */
  constructor(died: (what: string) => void) {
    this.#died = died
  }

  /** Starts a script and waits for nothing. */
  start(name: string, script: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
    this.#add(name, spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /** Starts a service; settles with the port it tells. */
  startService(name: string, script: string, env: NodeJS.ProcessEnv): Promise<number> {
    const child = fork(script, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    const { ended } = this.#add(name, child)
    return new Promise((resolve, reject) => {
      child.once('message', (message) => {
        if (typeof message === 'object' && 'port' in message) resolve(Number(message.port))
        else reject(new Error(`${name} said something other than its port`))
      })
      ended.then((how) => reject(new Error(`${name} ${how} before it listened`)), reject)
    })
  }

  /** Starts a script that goes on running; settles with the variables it prints, as `NAME=value`, once all are. */
  startPrinting<Name extends string>(
    name: string,
    script: string,
    args: readonly string[],
    variables: readonly Name[],
    withinMs: number,
    killAfterMs: number,
  ): Promise<Record<Name, string>> {
    // A group of its own: Ctrl-C reaches all of ours at once, and this one has to outlive those that stand on it.
    const printing = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const child = this.#add(name, printing, { needed: false, killAfterMs })
    return new Promise((resolve, reject) => {
      const last = (): string => child.lines.map((line) => `\n  ${name}: ${line}`).join('')
      const limit = setTimeout(
        () => reject(new Error(`${name} told nothing within ${withinMs / 1000} s${last()}`)),
        withinMs,
      )
      let out = ''
      printing.stdout?.on('data', (chunk: Buffer) => {
        if (child.needed) return
        out += chunk.toString()
        const found = Object.fromEntries(
          [...out.matchAll(/\b([A-Z][A-Z_]*)=["']?([^\s"']+)["']?(?=\s)/g)].map((match) => [
            match[1],
            match[2],
          ]),
        ) as Record<Name, string>
        if (!variables.every((variable) => Object.hasOwn(found, variable))) return
        clearTimeout(limit)
        child.needed = true
        resolve(found)
      })
      child.ended.then((how) => {
        clearTimeout(limit)
        reject(new Error(`${name} ${how}.${last()}`))
      }, reject)
    })
  }

  /** Ends all, the last started first, and waits until all are gone. */
  async endAll(): Promise<void> {
    this.#ending = true
    for (const child of this.#children.toReversed()) {
      if (child.process.exitCode !== null || child.process.signalCode !== null) continue
      child.process.kill('SIGTERM')
      const limit = setTimeout(() => child.process.kill('SIGKILL'), child.killAfterMs)
      await child.ended
      clearTimeout(limit)
    }
  }

  #add(name: string, process: ChildProcess, { needed = true, killAfterMs = KILL_AFTER_MS } = {}): Child {
    const lines: string[] = []
    const keep = (chunk: Buffer): void => {
      lines.push(...chunk.toString().split('\n').filter(Boolean))
      lines.splice(0, lines.length - KEPT_LINES)
    }
    process.stdout?.on('data', keep)
    process.stderr?.on('data', keep)
    const ended = new Promise<string>((resolve) => {
      process.once('error', (error) => resolve(`could not be started (${error.message})`))
      process.once('close', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`),
      )
    })
    const child = { name, process, ended, lines, needed, killAfterMs }
    this.#children.push(child)
    ended.then(
      (how) => {
        if (!this.#ending && child.needed)
          this.#died([`${name} ${how}.`, ...lines.map((line) => `  ${name}: ${line}`)].join('\n'))
      },
      (error: unknown) => this.#died(`${name}: ${String(error)}`),
    )
    return child
  }
}
