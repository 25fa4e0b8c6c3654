import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Span, SpanId, TraceId } from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import type { Store } from '@hopscope/storage'
import { Connection } from '../../storage/elasticsearch/connection.ts'
import { documentFrom, type SpanDocument } from '../../storage/elasticsearch/document.ts'
import { scan } from '../../storage/elasticsearch/scan.ts'
import { describeWithElasticsearch, sharedElasticsearch } from '../backends/describe.ts'
import { askCluster, freshPrefix, refresh, removeAll, storeOn } from '../support/elasticsearch.ts'

const COUNT = 12_000
const MIB = 2 ** 20
const many = 'a'.repeat(16) as TraceId
const large = 'b'.repeat(16) as TraceId
const spanId = (number: number) => (number + 1).toString(16).padStart(16, '0') as SpanId
const query = { match_all: {} }

describeWithElasticsearch('a scan', () => {
  const prefix = freshPrefix()
  let store: Store
  let connection: Connection
  beforeAll(async () => {
    store = await storeOn(prefix, { shards: 2 })
    connection = new Connection({ hosts: [await sharedElasticsearch()], timeoutMs: 30_000 })
    await store.writer.write(
      Array.from({ length: COUNT }, (_, i) => makeSpan({ traceId: many, id: spanId(i) })),
    )
    await refresh(prefix)
  }, 120_000)
  afterAll(async () => {
    await store.close()
    await connection.close()
    await removeAll(prefix)
  })

  const openContexts = async () => {
    const { _all: all } = await askCluster<{ _all: { total: { search: { open_contexts: number } } } }>(
      'GET',
      `/${prefix}-*/_stats/search`,
    )
    return all.total.search.open_contexts
  }

  test('reads more than 10,000 documents, each once', async () => {
    for (const routing of [undefined, many]) {
      const ids: string[] = []
      for await (const page of scan<SpanDocument>(connection, `${prefix}-span-*`, { query, routing }))
        ids.push(...page.map(({ _source }) => _source.id))
      expect(ids).toHaveLength(COUNT)
      expect(new Set(ids).size).toBe(COUNT)
    }
    expect(await openContexts()).toBe(0)
  })

  test('reads them in the order asked for', async () => {
    const sort = [{ ts: 'asc' }, { trace: 'asc' }]
    let count = 0
    const fetch = { stored_fields: '_none_', docvalue_fields: ['trace'] }
    for await (const page of scan<never>(connection, `${prefix}-span-*`, { query, sort, fetch })) {
      expect(page.every(({ fields }) => fields?.['trace']?.[0] === many)).toBe(true)
      count += page.length
    }
    expect(count).toBe(COUNT)
  })

  test('lets go of its point in time also when it is left early, or fails', async () => {
    for await (const page of scan<SpanDocument>(connection, `${prefix}-span-*`, { query })) {
      expect(page.length).toBeGreaterThan(0)
      expect(await openContexts()).toBeGreaterThan(0)
      break
    }
    expect(await openContexts()).toBe(0)
    const failing = async () => {
      for await (const page of scan<SpanDocument>(connection, `${prefix}-span-*`, { query }))
        throw new Error(`after ${page.length}`)
    }
    await expect(failing()).rejects.toThrow('after')
    expect(await openContexts()).toBe(0)
  })

  test('of days that have no index finds nothing', async () => {
    for await (const page of scan<SpanDocument>(connection, `${prefix}-span-2001-01-01`, { query }))
      expect(page).toEqual([])
  })

  test('reads an answer of more than 64 MiB in smaller pages', async () => {
    // Not compressible, so that it is large on the way too.
    const value = () => randomBytes((3 * MIB) / 4).toString('base64')
    const spans: Span[] = Array.from({ length: 100 }, (_, i) =>
      makeSpan({ traceId: large, id: spanId(i), tags: { large: value() } }),
    )
    // Past the writer: it hashes each letter, which Jest makes slow. The first span says where the trace is.
    await store.writer.write([makeSpan({ traceId: large, id: spanId(100) })])
    for (let at = 0; at < spans.length; at += 10) {
      const lines = spans.slice(at, at + 10).map((span) => {
        const action = { create: { _index: `${prefix}-span-other`, _id: span.id, routing: large } }
        return `${JSON.stringify(action)}\n${JSON.stringify(documentFrom(span, true, 1))}\n`
      })
      await connection.ask('POST', '/_bulk', { body: Buffer.from(lines.join('')) })
    }
    await refresh(prefix)
    const [trace] = await store.reader.traces([large])
    expect(trace?.spans).toHaveLength(101)
    const byId = new Map(trace?.spans.map((span) => [span.id, span.tags['large']]))
    expect(spans.every(({ id, tags }) => byId.get(id) === tags['large'])).toBe(true)
    expect(await openContexts()).toBe(0)
  }, 120_000)
})
