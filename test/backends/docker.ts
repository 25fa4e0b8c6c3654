// The services of docker-compose.yml as test backends, on free ports and apart from those of a demo that may run.
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Kind } from './offer.ts'
import { freePort } from './server.ts'

const COMPOSE_FILE = join(
  dirname(fileURLToPath(import.meta.resolve('@hopscope/test/package.json'))),
  '../docker-compose.yml',
)

export interface Container {
  /** `127.0.0.1:port`. */
  readonly address: string
  remove(): Promise<void>
}

export async function startContainer(kind: Kind): Promise<Container> {
  const port = await freePort()
  const env = { ...process.env, [kind === 'kafka' ? 'KAFKA_HOST_PORT' : 'ES_HOST_PORT']: String(port) }
  const project = ['compose', '-f', COMPOSE_FILE, '-p', `hopscope-test-${process.pid}-${kind}`]
  const compose = (...args: string[]) => promisify(execFile)('docker', [...project, ...args], { env })
  const remove = async () => {
    await compose('down', '--volumes')
  }
  try {
    await compose('up', '--detach', '--wait', kind)
  } catch (error) {
    await remove()
    throw error
  }
  return { address: `127.0.0.1:${port}`, remove }
}
