// Runs the built demo as `npm run demo -- --once` does, and hears what it says.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../demo/dist/main.js', import.meta.url))

export interface DemoRun {
  readonly code: number | null
  readonly output: string
  /** As it tells its users. */
  readonly requestId: string
  /** Ports on which its services listened. */
  readonly servicePorts: readonly number[]
}

export async function runDemoOnce(env: Readonly<Record<string, string>>): Promise<DemoRun> {
  const child = spawn(process.execPath, [MAIN, '--once'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const hear = (text: Buffer) => (output += text.toString())
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const services = /Five services.*/.exec(output)?.[0] ?? ''
  return {
    code,
    output,
    requestId: /Request id:\s+(\S+)/.exec(output)?.[1] ?? '',
    servicePorts: [...services.matchAll(/:(\d+)/g)].map(([, port]) => Number(port)),
  }
}
