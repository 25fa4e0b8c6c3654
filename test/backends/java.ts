// Finds a Java that is new enough, and the user that the servers run as: Elasticsearch refuses to run as root.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface User {
  readonly uid: number
  readonly gid: number
}

/** Whom to become before a server starts; undefined to stay who we are. */
export function otherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOfNobody = (kind: string) => Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOfNobody('-u'), gid: idOfNobody('-g') }
}

/** The home of the first Java of at least this version that the servers' user can run. */
export function findJava(atLeast: number): string | undefined {
  const user = otherUser() ?? {}
  for (const program of programs()) {
    const { status, stderr } = spawnSync(program, ['-XshowSettings:properties', '-version'], {
      ...user,
      cwd: '/',
      encoding: 'utf8',
    })
    const version = /java\.specification\.version = (?:1\.)?(\d+)/.exec(stderr ?? '')?.[1]
    if (status === 0 && Number(version) >= atLeast) return /java\.home = (.+)/.exec(stderr)?.[1]
  }
  return undefined
}

/** Where a Java may be, what was asked for by name first. */
function* programs(): Iterable<string> {
  const { HOPSCOPE_TEST_JAVA_HOME, JAVA_HOME } = process.env
  for (const home of [HOPSCOPE_TEST_JAVA_HOME, JAVA_HOME]) if (home) yield join(home, 'bin/java')
  yield 'java'
  const installed = '/usr/lib/jvm'
  if (existsSync(installed))
    for (const name of readdirSync(installed)) yield join(installed, name, 'bin/java')
  const { status, stdout } = spawnSync('/usr/libexec/java_home', ['-v', '21+'], { encoding: 'utf8' })
  if (status === 0) yield join(stdout.trim(), 'bin/java')
}
