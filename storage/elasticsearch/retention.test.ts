// Which indices go by size: a scripted cluster says how large each is. The rest is tested against a real one, in
// test/integration.
import { afterEach, expect, test } from '@jest/globals'
import { Connection } from './connection.ts'
import { Days } from './days.ts'
import { Retention } from './retention.ts'
import { fakeCluster, type Script } from './testing/fake-cluster.ts'

const NOON = Date.UTC(2026, 2, 10, 12)

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** What one round deletes, of indices of these sizes; answers without their prefix. */
async function deletedOf(sizes: Readonly<Record<string, number>>, maxBytes: number, lease: Script = noLease) {
  const indices = Object.fromEntries(
    Object.entries(sizes).map(([name, bytes]) => [name, { primaries: { store: { size_in_bytes: bytes } } }]),
  )
  const cluster = await fakeCluster((asked) => {
    if (asked.url.includes('_stats')) return { json: { indices } }
    if (asked.url.includes('_search')) return { json: { hits: { hits: [] } } }
    return asked.url.startsWith('/p-lease') ? lease(asked) : {}
  })
  const connection = new Connection({ hosts: [cluster.url], timeoutMs: 60_000 })
  closing.push(
    () => connection.close(),
    () => cluster.close(),
  )
  const days = new Days('p', 5, () => NOON)
  const prepared = () => Promise.resolve()
  const retention = new Retention(
    connection,
    days,
    'p',
    { maxAgeDays: 0, maxBytes },
    () => undefined,
    prepared,
  )
  const deleted = await retention.run()
  expect(cluster.asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url.slice(1))).toEqual(
    deleted,
  )
  return deleted.map((name) => name.slice(2))
}

const noLease: Script = ({ method }) => (method === 'GET' ? { status: 404 } : {})

const SIZES = {
  'p-span-2026-03-08': 30,
  'p-lookup-2026-03': 5,
  'p-span-other': 10,
  'p-span-2026-02-28': 20,
  'p-span-2026-03-10': 50,
  'p-lookup-2026-02': 5,
}

test.each([
  [120, []],
  [119, ['span-2026-02-28', 'lookup-2026-02']],
  [100, ['span-2026-02-28', 'lookup-2026-02']],
  [99, ['span-other', 'span-2026-02-28', 'lookup-2026-02']],
  [1, ['span-other', 'span-2026-02-28', 'span-2026-03-08', 'lookup-2026-02']],
])('of 120 bytes, with room for %d, the oldest days go until the rest fits', async (maxBytes, deleted) => {
  expect(await deletedOf(SIZES, maxBytes)).toEqual(deleted)
})

test('today stays, however large, though a clock ahead has made tomorrow', async () => {
  const sizes = { 'p-span-2026-03-09': 10, 'p-span-2026-03-10': 90, 'p-span-2026-03-11': 1 }
  expect(await deletedOf(sizes, 50)).toEqual(['span-2026-03-09'])
})

test('the newest day stays, however old', async () => {
  expect(await deletedOf({ 'p-span-2026-01-01': 10, 'p-span-2026-01-02': 90 }, 50)).toEqual(['span-2026-01-01']) // prettier-ignore
})

test("a stranger's index goes neither, nor counts", async () => {
  const strange = { 'p-span-2-span-2026-01-01': 1000, 'p-lookup-2-lookup-2026-01': 1000, 'p-span-x': 1000 }
  expect(await deletedOf({ ...SIZES, ...strange }, 120)).toEqual([])
  expect(await deletedOf({ ...SIZES, ...strange }, 119)).toEqual(['span-2026-02-28', 'lookup-2026-02'])
})

test("nothing goes under another's lease, nor where another was quicker to take it", async () => {
  const until = NOON + 60_000
  const held = { json: { _seq_no: 1, _primary_term: 1, _source: { owner: 'another', until } } }
  expect(await deletedOf(SIZES, 1, () => held)).toEqual([])
  const json = { error: { type: 'version_conflict_engine_exception', reason: 'there' } }
  expect(await deletedOf(SIZES, 1, ({ method }) => (method === 'GET' ? { status: 404 } : { status: 409, json }))).toEqual([]) // prettier-ignore
})
