// A real Elasticsearch, asked by its client: one CLIENT span for each call of the API, those by HTTP being part of it.
import { Client as Elasticsearch } from '@elastic/elasticsearch'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithElasticsearch, sharedElasticsearch } from '../backends/describe.ts'
import { SECRET, SLOW, calls, commands, named, own, request, spans, tracer } from './data-stores.ts'

describeWithElasticsearch('calls of Elasticsearch', () => {
  let url = ''
  let client: Elasticsearch
  const spansHere = () => commands('elasticsearch', url)
  beforeAll(async () => {
    url = await sharedElasticsearch()
    client = tracer.elasticsearch(new Elasticsearch({ node: url }))
  }, SLOW)
  afterAll(async () => {
    await client.indices.delete({ index: own })
    await client.close()
  })

  test('are one span each, named by the API’s method, and give what the client gives', async () => {
    expect(tracer.elasticsearch(client)).toBe(client)
    await client.indices.create({ index: own })
    expect(spans).toEqual([])
    await request(async () => {
      await client.index({ index: own, id: SECRET, document: { mail: SECRET }, refresh: true })
      expect(await client.get({ index: own, id: SECRET })).toMatchObject({ _source: { mail: SECRET } })
      const { statusCode, body } = await client.exists({ index: own, id: SECRET }, { meta: true })
      expect([statusCode, body]).toEqual([200, true])
      const done = await client.helpers.bulk({
        datasource: [{ mail: SECRET }],
        onDocument: () => ({ index: { _index: own } }),
      })
      expect(done.successful).toBe(1)
      await client.child({}).search({ index: own, query: { match: { mail: SECRET } } })
    })
    const found = spansHere()
    expect(named(found)).toEqual(['index', 'get', 'exists', 'bulk', 'search'])
    expect(found[0]?.tags).toMatchObject({ 'db.system.name': 'elasticsearch', 'db.collection.name': own })
  })

  test('that fail are errors by status and type, without the reason, and fail as ever', async () => {
    await request(async () => {
      await expect(client.get({ index: own, id: 'none' })).rejects.toMatchObject({ statusCode: 404 })
      const bad = client.search({ index: own, query: { [SECRET]: {} } } as object)
      await expect(bad).rejects.toThrow(SECRET)
    })
    expect(spansHere().map((span) => span.tags['error'])).toEqual(['404', '400 parsing_exception'])
  })

  test('of a stream end with it', async () => {
    await request(async () => {
      const stream = await client.search({ index: own }, { asStream: true })
      expect(calls()).toEqual([])
      let text = ''
      for await (const part of stream as unknown as AsyncIterable<Buffer>) text += part.toString()
      expect(text).toContain('hits')
    })
    expect(named(spansHere())).toEqual(['search'])
  })
})
