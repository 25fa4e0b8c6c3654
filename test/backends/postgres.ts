// A real PostgreSQL: the one in the path, else one from Maven. Without passwords, on loopback.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Distribution, fetched } from './distribution.ts'
import { otherUser } from './java.ts'
import { programInPath, whyNoServer } from './programs.ts'
import { accepts, type Backend, inTemporaryFolder, launch, onPort, ownFolder } from './server.ts'

const ARCHIVE = 'postgres-linux-x86_64.txz'

const POSTGRES: Distribution = {
  name: 'postgres-17.6.0',
  recipe: 'postgres',
  java: 8,
  unpack(folder) {
    execFileSync('tar', ['xJf', ARCHIVE], { cwd: folder })
    rmSync(join(folder, ARCHIVE))
  },
}

/** The oldest version in the path that will do. */
const OLDEST = 12

/** Both are needed, and a `postgres` may be there without the other. */
const serverInPath = () =>
  programInPath('initdb', OLDEST) === undefined ? undefined : programInPath('postgres', OLDEST)

export function whyNoPostgres(): string | undefined {
  const inPath = serverInPath()
  const reason = whyNoServer(inPath, POSTGRES)
  if (reason !== undefined || inPath !== undefined) return reason
  return programInPath('xz') === undefined ? 'no xz to unpack postgres' : undefined
}

export interface PostgresBackend extends Backend {
  /** Such as `postgres://postgres@127.0.0.1:5432/postgres`. */
  readonly url: string
}

export async function startPostgres(): Promise<PostgresBackend> {
  const inPath = serverInPath()
  const programs = inPath === undefined ? join(await fetched(POSTGRES), 'bin') : dirname(inPath)
  return inTemporaryFolder('postgres', (dataDir) => startIn(dataDir, programs))
}

function startIn(dataDir: string, programs: string): Promise<PostgresBackend> {
  const cluster = ownFolder(join(dataDir, 'cluster'))
  const init = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync']
  execFileSync(join(programs, 'initdb'), init, { ...otherUser(), cwd: dataDir, stdio: 'pipe' })
  return onPort(undefined, async (port) => {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: dataDir,
      fsync: 'off',
      // In files of its folder, which go with it, and not in the system's shared memory, which would stay.
      dynamic_shared_memory_type: 'mmap',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const backend = await launch({
      name: 'PostgreSQL',
      port,
      dataDir,
      command: [join(programs, 'postgres'), '-D', cluster, ...options],
      env: {},
      // It listens sooner than it serves, and says so in this file.
      ready: async () =>
        (await accepts(port)) && /^ready/m.test(readFileSync(join(cluster, 'postmaster.pid'), 'utf8')),
    })
    return Object.assign(backend, {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      async remove() {
        // Its processes have groups of their own: by SIGINT the first of them ends the others.
        await backend.stop('SIGINT')
        rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
      },
    })
  })
}
