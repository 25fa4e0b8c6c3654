// The embedded store with little memory and big texts: it keeps what it acknowledged, and ends when it is told to.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer, tempFolder } from '../support/server-process.ts'

const MEGABYTE = 'x'.repeat(2 ** 20)
const SPANS = 200
const POSTERS = 4

describe('a store with 128 MiB of memory', () => {
  const dataDir = tempFolder()
  const env = { HOPSCOPE_STORE_MEMORY: '128MiB' }
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer({ dataDir, env })
  })
  afterAll(async () => {
    await server.stop('SIGKILL')
  })

  const idOf = (n: number) => (n + 1).toString(16).padStart(16, '0')
  const post = async (span: object) => {
    const response = await fetch(`${server.url}/api/v2/spans`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([span]),
    })
    return response.status
  }

  test(`takes ${SPANS} spans with a megabyte tag each`, async () => {
    const statuses = await Promise.all(
      Array.from({ length: POSTERS }, async (_, poster) => {
        const own: number[] = []
        for (let n = poster; n < SPANS; n += POSTERS)
          own.push(
            await post({
              traceId: idOf(n),
              id: '1',
              timestamp: Date.now() * 1000,
              tags: { big: MEGABYTE + n },
            }),
          )
        return own
      }),
    )
    expect(statuses.flat()).toEqual(Array.from({ length: SPANS }, () => 202))
  })

  test('has them after kill -9, and takes more', async () => {
    await server.stop('SIGKILL')
    server = await startServer({ dataDir, env })
    for (const n of [0, SPANS / 2, SPANS - 1]) {
      const response = await fetch(`${server.url}/api/v2/trace/${idOf(n)}`)
      const [span] = (await response.json()) as { tags: { big: string } }[]
      expect(span?.tags.big).toBe(MEGABYTE + n)
    }
    expect(await post({ traceId: idOf(SPANS), id: '1', timestamp: Date.now() * 1000 })).toBe(202)
  })

  test('ends in order while queries are under way', async () => {
    const asked = Array.from({ length: 12 }, () =>
      fetch(`${server.url}/rest/v1/traces?tag=nothing%3Dhas-this`).then(
        ({ status }) => status,
        () => 'cut off',
      ),
    )
    expect(await server.stop()).toBe(0)
    expect(server.output()).toContain('every accepted span is stored')
    for (const answer of await Promise.all(asked)) expect([200, 503, 'cut off']).toContain(answer)
  })
})
