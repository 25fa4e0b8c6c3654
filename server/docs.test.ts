// The reference page's library: the one that is installed, kept by browsers for as long as it is the same.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from '@jest/globals'
import express from 'express'
import { docs } from './docs.ts'

const INSTALLED = new URL('../node_modules/openapi-explorer/', import.meta.url)
const BUILT = new URL('./dist/docs/', import.meta.url)

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(library?: string): Promise<string> {
  const server = express().set('env', 'test').use(docs(library)).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the library is that of the installed version, which its path names, and has its licence beside it', async () => {
  const url = await serve()
  const { version } = JSON.parse(readFileSync(new URL('package.json', INSTALLED), 'utf8')) as {
    version: string
  }
  const script = `/docs/openapi-explorer-${version}.js`
  expect(await (await fetch(`${url}/docs`)).text()).toContain(`src="${script}"`)
  const loaded = await fetch(url + script)
  expect(loaded.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const installed = readFileSync(new URL('dist/browser/openapi-explorer.min.js', INSTALLED), 'utf8')
  expect((await loaded.text()) === installed).toBe(true)
  expect(readFileSync(new URL('LICENSE', BUILT), 'utf8')).toContain('Apache License')
})

test('what is not a version of it is not served', async () => {
  const url = await serve()
  for (const path of ['/docs/openapi-explorer-0.0.0.js', '/docs/openapi-explorer.js', '/docs/LICENSE'])
    expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
})

test('without the library the page says what to do, and the contract is served all the same', async () => {
  const url = await serve(fileURLToPath(new URL('none.js', BUILT)))
  const page = await fetch(`${url}/docs`)
  expect(page.status).toBe(500)
  expect(await page.text()).toContain('npm run build')
  expect((await fetch(`${url}/rest/v1/openapi.yaml`)).status).toBe(200)
})
