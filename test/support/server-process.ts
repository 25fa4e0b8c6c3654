// Runs the hopscope command as its users do: a process of its own, on a free port, with its own data folder.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(import.meta.resolve('hopscope/bin/hopscope.js'))

export interface ServerProcess {
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** What it has printed so far. */
  output(): string
  /** Sends the signal and waits for the end; gives the exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

export interface ServerOptions {
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
}

/** @throws Error with the server's output when it ends before it serves */
export async function startServer({
  dataDir = tempFolder(),
  env = {},
}: ServerOptions = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, [COMMAND, 'serve'], {
    env: { PATH: process.env['PATH'], QUERY_PORT: '0', HOPSCOPE_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  )
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer) => {
      output += text.toString()
      const found = /(?:Open|Post to)\s+(http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    void ended.then((code) => reject(new Error(`hopscope ended with ${String(code)}:\n${output}`)))
  })
  return {
    url,
    pid: pidOf(child),
    dataDir,
    output: () => output,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process has no id')
  return pid
}

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder that goes away with this process. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-test-'))
  folders.push(folder)
  return folder
}
