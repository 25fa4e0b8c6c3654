// The demo as a newcomer runs it, with no server there: it brings its own, and cleans up or keeps what it says.
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { getJson } from '../integration/client.ts'
import { startServer, tempFolder } from '../support/server-process.ts'
import { runDemoOnce } from './demo-run.ts'

/** A port on which nothing listens at this moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

const isOpen = (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )

test.each([
  ['in a temporary folder, which is gone afterwards', false],
  ['in the folder it is given, which is kept', true],
])('the demo starts a server of its own, ends every process, and stores %s', async (_, keeps) => {
  const [port, temporary, dataDir] = [await freePort(), tempFolder(), tempFolder()]
  const demo = await runDemoOnce({
    QUERY_PORT: String(port),
    TMPDIR: temporary,
    ...(keeps ? { HOPSCOPE_DATA_DIR: dataDir } : {}),
  })
  expect(demo).toMatchObject({
    code: 0,
    output: expect.stringContaining(`Starting Hopscope at http://127.0.0.1:${port}`),
  })
  expect(demo.output).toContain('Hopscope was started for this run and ends too')
  expect(demo.servicePorts).toHaveLength(5)
  for (const each of [port, ...demo.servicePorts]) expect([each, await isOpen(each)]).toEqual([each, false])
  expect(readdirSync(temporary)).toEqual([])
  if (!keeps) return
  const server = await startServer({ dataDir })
  const { traces } = await getJson<{ traces: { spanCount: number }[] }>(
    `${server.url}/rest/v1/requests/${demo.requestId}`,
  )
  await server.stop()
  expect(traces).toMatchObject([{ spanCount: 19 }])
})
