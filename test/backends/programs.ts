// Where a data store's server comes from: a program of this machine, else Maven's files, which are for Linux on x64.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Distribution, whyNot } from './distribution.ts'
import { otherUser } from './java.ts'

/** The first program of this name in the path that the servers' user can run, and that is of this major version or later. */
export function programInPath(name: string, atLeast = 0): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
    } catch {
      continue
    }
    // Not by the link: the server finds its other files beside itself.
    const program = realpathSync(path)
    const { status, stdout } = spawnSync(program, ['--version'], {
      ...otherUser(),
      cwd: '/',
      encoding: 'utf8',
    })
    if (status === 0 && Number(/\d+/.exec(stdout)?.[0] ?? 0) >= atLeast) return program
  }
  return undefined
}

/** Why there is no such server on this machine; undefined when there is. */
export function whyNoServer(program: string | undefined, distribution: Distribution): string | undefined {
  if (program !== undefined) return undefined
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `no ${distribution.recipe} in the path, and none to fetch for ${process.platform}-${process.arch}`
  return whyNot(distribution)
}
