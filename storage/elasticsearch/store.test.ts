// The store while its cluster is away, too busy or behind a locked door: nothing here needs a real one.
import { MAPPINGS } from './templates.ts'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  EVERY_SPAN,
  EVERY_TRACE,
  type EdgeQuery,
  type EpochMicros,
  type TraceId,
  type TraceQuery,
} from '@hopscope/model'
import { makeSpan } from '@hopscope/model/testing'
import type { Store } from '../contract.ts'
import { documentFrom } from './document.ts'
import { type ElasticsearchOptions, openElasticsearchStore } from './store.ts'
import {
  allStored,
  type Answer,
  type Asked,
  deadUrl,
  documentsOf,
  fakeCluster,
  itemsAnswer,
  type Script,
} from './testing/fake-cluster.ts'

const EVERYTHING: TraceQuery = {
  from: undefined,
  to: undefined,
  where: EVERY_TRACE,
  limit: 10,
  after: undefined,
}
const SLICES = { from: 1, to: 2, step: undefined, quantiles: [0.5] } as unknown as EdgeQuery
const UNAVAILABLE = { code: 'store-unavailable' }
const span = makeSpan({ tags: { request_id: 'r' } })

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function openOn(host: string, options: Partial<ElasticsearchOptions> = {}): Store {
  const store = openElasticsearchStore({
    strictTraceId: true,
    hosts: [host],
    index: 'hopscope',
    shards: 1,
    replicas: 0,
    timeoutMs: 10_000,
    log: () => undefined,
    ...options,
  })
  closing.push(() => store.close())
  return store
}

async function storeOn(script: Script, options: Partial<ElasticsearchOptions> = {}) {
  const cluster = await fakeCluster(script)
  closing.push(() => cluster.close())
  return { cluster, store: openOn(cluster.url, options) }
}

/** An empty cluster. */
const healthy: Script = (asked) => {
  if (asked.url.startsWith('/_bulk')) return allStored(asked)
  if (asked.url.startsWith('/_cluster/health')) return { json: { status: 'green', number_of_data_nodes: 2 } }
  if (asked.url.startsWith('/_index_template/_simulate')) {
    const what = Object.entries(MAPPINGS).find(([name]) => asked.url.includes(`-${name}`))
    return { json: { template: { mappings: what?.[1] } } }
  }
  if (asked.url.startsWith('/_index_template') && asked.method === 'GET') return { status: 404 }
  return { json: { hits: { hits: [] }, count: 0 } }
}

/** Every question that a reader can ask. */
function questions({ reader }: Store): (() => Promise<unknown>)[] {
  return [
    () => reader.traces([span.traceId]),
    async () => {
      for await (const each of reader.find(EVERYTHING)) return each
    },
    () => reader.names('service', {}),
    async () => {
      for await (const each of reader.find({ ...EVERYTHING, sort: 'duration' })) return each
    },
    () => reader.dependencies({ from: undefined, to: undefined }),
    () => reader.aggregate({ ...SLICES, where: EVERY_SPAN, by: [{ on: 'service' }], limit: 1 }),
    () => reader.edges(SLICES),
  ]
}

const bulksIn = (asked: readonly Asked[]) => asked.filter(({ url }) => url.startsWith('/_bulk'))
const templatesIn = (asked: readonly Asked[]) =>
  asked.filter(({ method, url }) => method === 'PUT' && url.startsWith('/_index_template/'))

describe('without its cluster', () => {
  const AWAY: Record<string, { script: Script | undefined; detail: RegExp }> = {
    'nobody listens': { script: undefined, detail: /does not answer: .*ECONNREFUSED/ },
    'nobody answers': { script: () => 'silence', detail: /did not answer in time/ },
    'it hangs up': { script: () => 'hang up', detail: /does not answer: / },
    'it has no master': {
      script: () => ({ status: 503, json: { error: { type: 'master_not_discovered_exception' } } }),
      detail: /answered 503 master_not_discovered_exception/,
    },
    'it lets nobody in': {
      script: () => ({ status: 401, json: { error: { type: 'security_exception', reason: 'who?' } } }),
      detail: /refuses access \(401 security_exception: who\?\)\. Check its user name, password or API key/,
    },
  }

  test.each(Object.keys(AWAY))('it opens at once, and says what is wrong: %s', async (name) => {
    const { script, detail } = AWAY[name]!
    const options = { timeoutMs: name === 'nobody answers' ? 300 : 60_000 }
    const store =
      script === undefined ? openOn(await deadUrl(), options) : (await storeOn(script, options)).store
    const health = await store.check()
    expect(health).toEqual({ up: false, detail: expect.stringMatching(detail) })
    await expect(store.writer.write([span])).rejects.toMatchObject(UNAVAILABLE)
    for (const ask of questions(store)) await expect(ask()).rejects.toMatchObject(UNAVAILABLE)
  })

  test('it says that the cluster has lost shards', async () => {
    const red: Answer = { json: { status: 'red', number_of_data_nodes: 1 } }
    const { store } = await storeOn((asked) => (asked.url.startsWith('/_cluster') ? red : healthy(asked)))
    expect(await store.check()).toMatchObject({ up: false, detail: expect.stringContaining('is red') })
  })

  test('it says that its templates are not taken, and takes no span', async () => {
    const error = { type: 'illegal_argument_exception', reason: 'same priority [300]' }
    const { cluster, store } = await storeOn((asked) =>
      asked.method === 'PUT' ? { status: 400, json: { error } } : healthy(asked),
    )
    expect(await store.check()).toEqual({
      up: false,
      detail: expect.stringMatching(/does not take our index templates: .*same priority/),
    })
    await expect(store.writer.write([span])).rejects.toMatchObject(UNAVAILABLE)
    expect(bulksIn(cluster.asked)).toEqual([])
  })

  test('it heals by itself', async () => {
    let away = true
    const { cluster, store } = await storeOn((asked) => (away ? 'hang up' : healthy(asked)), {
      timeoutMs: 2000,
    })
    await expect(store.writer.write([span])).rejects.toMatchObject(UNAVAILABLE)
    expect(await store.check()).toMatchObject({ up: false })
    away = false
    expect(await store.check()).toMatchObject({ up: true, detail: expect.stringContaining('2 data nodes, green') }) // prettier-ignore
    await expect(store.writer.write([span])).resolves.toEqual([])
    for (const ask of questions(store)) await ask()
    away = true
    await expect(store.writer.write([span])).rejects.toMatchObject(UNAVAILABLE)
    for (const ask of questions(store)) await expect(ask()).rejects.toMatchObject(UNAVAILABLE)
    away = false
    await expect(store.writer.write([span])).resolves.toEqual([])
    expect(templatesIn(cluster.asked).length).toBeGreaterThanOrEqual(3)
  })
})

describe('counting span by span', () => {
  /** Spans of many values, in pages as large as asked for. */
  const many: Script = (asked) => {
    if (!asked.url.includes('_search')) return { json: { id: 'point' } }
    const { size } = JSON.parse(asked.body) as { size: number }
    const hits = Array.from({ length: size }, () => {
      const tagged = makeSpan({ timestamp: 1 as EpochMicros, tags: { a: `${count++}`, b: '' } })
      return { _source: documentFrom(tagged, true, undefined), sort: [count] }
    })
    return { json: { hits: { hits } } }
  }
  let count = 0
  const query = {
    ...SLICES,
    where: EVERY_SPAN,
    by: ['a', 'b'].map((key) => ({ on: 'tag', key }) as const),
    limit: 1,
  }

  test('ends with a word when the groups are too many to hold', async () => {
    const { store } = await storeOn(many)
    await expect(store.reader.aggregate(query)).rejects.toMatchObject({
      code: 'query-too-slow',
      message: expect.stringContaining('too many groups'),
    })
    expect(count).toBeGreaterThan(50_000)
  })
})

describe('a write', () => {
  test('sends the templates first, once, and each look-up until it is stored', async () => {
    let bulks = 0
    const { cluster, store } = await storeOn(
      (asked) => (asked.url.startsWith('/_bulk') && ++bulks === 1 ? 'hang up' : healthy(asked)),
      { timeoutMs: 60_000 },
    )
    await Promise.all([store.writer.write([span]), store.writer.write([span])])
    await store.writer.write([span])
    expect(templatesIn(cluster.asked).map(({ url }) => url.split('/').at(-1))).toEqual(['hopscope-span', 'hopscope-lookup', 'hopscope-lease']) // prettier-ignore
    expect(cluster.asked.findIndex(({ url }) => url.startsWith('/_bulk'))).toBeGreaterThanOrEqual(6)
    expect(documentsOf(bulksIn(cluster.asked).at(-1)!)).toHaveLength(1)
  })

  test('names the spans that are refused by their place, and has the others stored', async () => {
    const refusal = { type: 'document_parsing_exception', reason: 'no' }
    const { store } = await storeOn((asked) =>
      asked.url.startsWith('/_bulk')
        ? itemsAnswer(documentsOf(asked).map((_, i) => (i === 1 ? [400, refusal] : 201)))
        : healthy(asked),
    )
    const spans = ['1', '2', '3'].map((id) => ({ ...span, id: id.padStart(16, '0') as typeof span.id }))
    await expect(store.writer.write(spans)).resolves.toEqual([{ index: 1, field: '', reason: 'no' }])
  })

  test('under way is finished by close, also one that is repeated; none is taken after', async () => {
    let bulks = 0
    const { cluster, store } = await storeOn(
      (asked) => (asked.url.startsWith('/_bulk') && ++bulks < 3 ? { status: 503 } : healthy(asked)),
      { timeoutMs: 60_000 },
    )
    await store.check()
    const write = store.writer.write([span])
    // Its templates are there: one turn later it is queued.
    await new Promise((resolve) => setImmediate(resolve))
    await store.close()
    await expect(write).resolves.toEqual([])
    expect(bulksIn(cluster.asked)).toHaveLength(3)
    await expect(store.writer.write([span])).rejects.toMatchObject(UNAVAILABLE)
    await expect(store.reader.traces([span.traceId])).rejects.toMatchObject(UNAVAILABLE)
  })

  test('of spans without a time has the time of arrival, others have not', async () => {
    const now = Date.UTC(2026, 2, 1)
    const { cluster, store } = await storeOn(healthy, { now: () => now })
    await store.writer.write([
      { ...span, traceId: 'b'.repeat(16) as TraceId, timestamp: undefined },
      { ...span, timestamp: (now * 1000) as never },
    ])
    const [asked] = bulksIn(cluster.asked)
    const lines = asked!.body.trim().split('\n').map((line) => JSON.parse(line) as Line) // prettier-ignore
    const arrivals = new Map(
      lines.flatMap(({ create }, i) =>
        create === undefined ? [] : [[create['_index'], lines[i + 1]?.stored]],
      ),
    )
    expect(Object.fromEntries(arrivals)).toEqual({
      'hopscope-span-other': now / 1000,
      'hopscope-span-2026-03-01': undefined,
      'hopscope-lookup-other': now / 1000,
      'hopscope-lookup-2026-03': undefined,
    })
  })
})

interface Line {
  readonly create?: Readonly<Record<string, string>>
  readonly stored?: number
}

describe('index templates', () => {
  test('of a newer version are left as they are, of ours or an older one are written', async () => {
    for (const [version, written] of [[4, 0], [3, 3], [2, 3], [undefined, 3]] as const) {
      const found = { json: { index_templates: [{ index_template: { version } }] } }
      const { cluster, store } = await storeOn((asked) =>
        asked.url.startsWith('/_index_template') && asked.method === 'GET' ? found : healthy(asked),
      )
      await store.check()
      await store.check()
      expect(templatesIn(cluster.asked)).toHaveLength(written)
    }
  }) // prettier-ignore
})
