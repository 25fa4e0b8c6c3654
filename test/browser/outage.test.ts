// The server goes away and comes back: the viewer says so, and one click goes on from there.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { idFrom, postSpans, wireSpan } from '../integration/client.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { describeInBrowser } from './browser.ts'

describeInBrowser('a server that is down', (visit) => {
  let server: ServerProcess
  const traceId = idFrom('outage')
  beforeAll(async () => {
    server = await startServer()
    await postSpans(server.url, [wireSpan({ traceId, name: 'before the outage' })])
  })
  afterAll(() => server?.stop())

  test('is said to be, on every page, and "Try again" works once it is back', async () => {
    const { url, dataDir } = server
    const [search, box, list] = await Promise.all([visit(url), visit(url), visit(url)])
    // The trace page's own files are loaded ahead; without them there is no page that could say anything.
    const ahead = list.waitForResponse(/assets\/TraceBody.*js/)
    await list.getByTestId('result-row').waitFor()
    await (await ahead).finished()
    await server.stop()

    await search.getByRole('button', { name: 'Refresh' }).click()
    await box.getByTestId('search-box').fill('some-request')
    await box.keyboard.press('Enter')
    await list.getByTestId('result-row').click()
    await search.getByRole('alert').getByText('Can’t reach the server').waitFor()
    await box.getByText('Check that the Hopscope process is running').first().waitFor()
    await list.getByRole('alert').getByText('Can’t reach the server').waitFor()

    server = await startServer({ dataDir, env: { QUERY_PORT: new URL(url).port } })
    expect(server.url).toBe(url)
    await search.getByRole('button', { name: 'Try again' }).click()
    await search.getByTestId('result-row').getByText('before the outage').waitFor()
    await list.getByRole('button', { name: 'Try again' }).click()
    await list.getByTestId('waterfall-row').getByText('before the outage').waitFor()
    await box.keyboard.press('Enter')
    await box.getByText('Nothing found for “some-request”').waitFor()
  })
})
