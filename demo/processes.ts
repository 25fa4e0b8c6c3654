// The demo's child processes: started, watched, and every one of them ended.
import { type ChildProcess, fork, spawn } from 'node:child_process'

const KILL_AFTER_MS = 5000
const KEPT_LINES = 15

interface Child {
  name: string
  process: ChildProcess
  ended: Promise<string>
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

  /** Ends all, the last started first, and waits until all are gone. */
  async endAll(): Promise<void> {
    this.#ending = true
    for (const child of this.#children.toReversed()) {
      if (child.process.exitCode !== null || child.process.signalCode !== null) continue
      child.process.kill('SIGTERM')
      const limit = setTimeout(() => child.process.kill('SIGKILL'), KILL_AFTER_MS)
      await child.ended
      clearTimeout(limit)
    }
  }

  #add(name: string, process: ChildProcess): Child {
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
    const child = { name, process, ended, lines }
    this.#children.push(child)
    ended.then(
      (how) => {
        if (!this.#ending)
          this.#died([`${name} ${how}.`, ...lines.map((line) => `  ${name}: ${line}`)].join('\n'))
      },
      (error: unknown) => this.#died(`${name}: ${String(error)}`),
    )
    return child
  }
}
