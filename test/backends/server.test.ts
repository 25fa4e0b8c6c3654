// What a server leaves behind: nothing, however its start or its starter ends. And which programs of the path will do.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { programInPath } from './programs.ts'
import { inTemporaryFolder, ownFolder } from './server.ts'

const STARTER = `
import { accepts, inTemporaryFolder, launch, onPort } from '${import.meta.resolve('@hopscope/test/dist/backends/server.js')}'
const program = "require('node:net').createServer().listen(+process.argv[1], '127.0.0.1')"
await inTemporaryFolder('killed', (dataDir) =>
  onPort(undefined, async (port) => {
    const command = [process.execPath, '-e', program, String(port)]
    await launch({ name: 'a server', port, dataDir, command, env: {}, ready: () => accepts(port) })
    console.log(dataDir)
  }),
)
setInterval(() => undefined, 60_000)
`

test('the temporary folder of a server goes with a starter that is killed', async () => {
  const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [told] = (await once(starter.stdout, 'data')) as [Buffer]
  const folder = told.toString().trim()
  expect(existsSync(join(folder, 'server.log'))).toBe(true)
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  // In a temp folder that is closed to others the server's user can empty its own, and not remove it.
  const left = (): string[] => (existsSync(folder) ? readdirSync(folder) : [])
  const until = Date.now() + 10_000
  while (Date.now() < until && left().length > 0) await sleep(20)
  expect(left()).toEqual([])
})

test('the temporary folder of a server that could not be started is removed', async () => {
  let folder = ''
  const starting = inTemporaryFolder('failing', (made) => {
    folder = made
    return Promise.reject(new Error('no initdb'))
  })
  await expect(starting).rejects.toThrow('no initdb')
  expect(folder).toMatch(/hopscope-failing-/)
  expect(existsSync(folder)).toBe(false)
})

const path = process.env['PATH']
const made: string[] = []
afterEach(() => {
  process.env['PATH'] = path
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true })
})

test('of a program in the path the first is taken that is not too old', () => {
  const root = ownFolder(mkdtempSync(join(tmpdir(), 'hopscope-programs-')))
  made.push(root)
  const programOf = (version: string): string => {
    const folder = join(root, version)
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    const program = join(folder, 'a-server')
    writeFileSync(program, `#!/bin/sh\necho "a-server (Server) ${version}"\n`)
    chmodSync(program, 0o755)
    return program
  }
  const [old, recent] = [programOf('9.6.24'), programOf('14.1')]
  process.env['PATH'] = [join(root, '9.6.24'), join(root, '14.1'), path].join(delimiter)
  expect(programInPath('a-server')).toBe(old)
  expect(programInPath('a-server', 12)).toBe(recent)
  expect(programInPath('a-server', 15)).toBeUndefined()
})
