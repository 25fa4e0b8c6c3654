import { afterEach, expect, test } from '@jest/globals'
import { makeSpan } from '@hopscope/model/testing'
import { describeWithElasticsearch } from '../backends/describe.ts'
import { askCluster, freshPrefix, refresh, removeAll, storeOn } from '../support/elasticsearch.ts'

interface Template {
  readonly version: number
  readonly index_patterns: readonly string[]
  readonly template: { readonly mappings: { readonly properties: object } }
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function setUp() {
  const prefix = freshPrefix()
  closing.push(() => removeAll(prefix))
  const open = async () => {
    const store = await storeOn(prefix)
    closing.push(() => store.close())
    return store
  }
  return { prefix, open }
}

async function templateOf(prefix: string, what: string): Promise<Template | undefined> {
  const { index_templates: found } = await askCluster<{
    index_templates: { name: string; index_template: Template }[]
  }>('GET', `/_index_template/${prefix}-*`)
  return found.find(({ name }) => name === `${prefix}-${what}`)?.index_template
}

const span = makeSpan({ timestamp: (Date.now() * 1000) as never, tags: { request_id: 'r', a: 'b' } })
const bySpan = { from: undefined, to: undefined, limit: 1, after: undefined, where: { span: { field: { on: 'tag', key: 'a' }, is: '=', value: 'b' } } } as const // prettier-ignore

describeWithElasticsearch('the index templates', () => {
  test('are the same however often and by how many at once they are written', async () => {
    const { prefix, open } = await setUp()
    const stores = await Promise.all([open(), open(), open()])
    for (const { up } of await Promise.all(stores.map((store) => store.check()))) expect(up).toBe(true)
    const before = await templateOf(prefix, 'span')
    expect(before).toMatchObject({ version: 3, index_patterns: [`${prefix}-span-*`] })
    expect(await (await open()).check()).toMatchObject({ up: true })
    expect(await templateOf(prefix, 'span')).toEqual(before)
  })

  test('of a newer version are left as they are', async () => {
    const { prefix, open } = await setUp()
    const newer = { index_patterns: [`${prefix}-span-*`], version: 99, priority: 300, template: {} }
    await askCluster('PUT', `/_index_template/${prefix}-span`, newer)
    expect(await (await open()).check()).toMatchObject({ up: true })
    expect(await templateOf(prefix, 'span')).toMatchObject({ version: 99 })
    expect(await templateOf(prefix, 'lookup')).toMatchObject({ version: 3 })
  })

  test("are obeyed where a user's template catches all", async () => {
    const { prefix, open } = await setUp()
    const catchAll = {
      index_patterns: [`${prefix}*`],
      priority: 200,
      template: { mappings: { dynamic: 'strict', properties: { trace: { type: 'text' } } } },
    }
    await askCluster('PUT', `/_index_template/all-${prefix}`, catchAll)
    closing.push(() => askCluster('DELETE', `/_index_template/all-${prefix}`))
    const store = await open()
    await expect(store.writer.write([span])).resolves.toEqual([])
    await refresh(prefix)
    expect(await store.reader.traces([span.traceId])).toEqual([{ traceId: span.traceId, spans: [span] }])
    const found = []
    for await (const { traceId } of store.reader.find(bySpan)) found.push(traceId)
    expect(found).toEqual([span.traceId])
    const mappings = await askCluster<Record<string, { mappings: object }>>(
      'GET',
      `/${prefix}-span-*/_mapping`,
    )
    for (const { mappings: mapping } of Object.values(mappings))
      expect(mapping).toMatchObject({ dynamic: 'false', properties: { trace: { type: 'keyword' } } })
  })
})
