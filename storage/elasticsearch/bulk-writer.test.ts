import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from '@jest/globals'
import { BulkEncoder, type BulkLines } from './bulk-lines.ts'
import { BulkWriter } from './bulk-writer.ts'
import { Connection } from './connection.ts'
import {
  allStored,
  type Answer,
  documentsOf,
  type FakeCluster,
  fakeCluster,
  itemsAnswer,
  type Script,
} from './testing/fake-cluster.ts'

const LONG = 60_000
const UNPARSABLE = { type: 'document_parsing_exception', reason: '[1:9] failed to parse field [ts]' }
const TOO_MANY_SHARDS = { type: 'validation_exception', reason: 'this action would add [2] shards' }

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function writerTo(script: Script, { patience = LONG, timeoutMs = LONG } = {}) {
  const cluster = await fakeCluster(script)
  const connection = new Connection({ hosts: [cluster.url], timeoutMs })
  closing.push(
    () => connection.close(),
    () => cluster.close(),
  )
  return { cluster, connection, writer: new BulkWriter(connection, patience, () => Promise.resolve()) }
}

/** Of each document a line with its name, as long as asked. */
function linesOf(names: readonly string[], length = 0): BulkLines {
  const encoder = new BulkEncoder()
  for (const name of names) encoder.add('{"create":{}}', JSON.stringify(name.padEnd(length, '.')))
  return encoder.take()
}

const namesIn = (asked: FakeCluster['asked'][number] | undefined) =>
  asked && documentsOf(asked).map((document) => String(JSON.parse(document)).replace(/\.+$/, ''))
const unavailable = (detail: RegExp) => ({ code: 'store-unavailable', detail: expect.stringMatching(detail) })

const refusingLookups: Script = (asked) =>
  itemsAnswer(namesIn(asked)!.map((name) => (name === 'lookup' ? [400, UNPARSABLE] : 201)))

/** Answers one after the other, then as a healthy cluster. */
const first =
  (...answers: Answer[]): Script =>
  (asked) =>
    answers.shift() ?? allStored(asked)

/** Holds every answer back until opened. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const script: Script = async (asked) => {
    await opened
    return allStored(asked)
  }
  return { open, script }
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('what waits', () => {
  test('shares a bulk, and no more than three bulks are under way', async () => {
    const { open, script } = gate()
    const { cluster, writer } = await writerTo(script)
    const writes = Array.from({ length: 20 }, (_, i) => writer.write(linesOf([`${i}`]), 1))
    await until(() => cluster.asked.length === 3)
    open()
    expect(await Promise.all(writes)).toEqual(writes.map(() => []))
    expect(cluster.asked.map((asked) => namesIn(asked)?.length)).toEqual([1, 1, 1, 17])
  })

  test('goes in several bulks where one would be too large, never more than three at once', async () => {
    const { cluster, writer } = await writerTo(allStored)
    await Promise.all(Array.from({ length: 12 }, (_, i) => writer.write(linesOf([`${i}`], 900_000), 1)))
    const sizes = cluster.asked.map((asked) => namesIn(asked)?.length ?? 0)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(12)
    expect(Math.max(...sizes)).toBe(2)
    expect(cluster.mostAtOnce).toBeLessThanOrEqual(3)
  })

  test('goes alone where it is larger than a bulk by itself', async () => {
    const { cluster, writer } = await writerTo(allStored)
    await expect(writer.write(linesOf(['a', 'b'], 3_000_000), 2)).resolves.toEqual([])
    expect(cluster.asked).toHaveLength(1)
  })
})

describe('of the items of a bulk', () => {
  test('those that the cluster was too busy for are sent again, and only those', async () => {
    const busy = { type: 'es_rejected_execution_exception', reason: 'queue is full' }
    const { cluster, writer } = await writerTo(
      first(
        itemsAnswer([201, [429, busy], 201, [503, { type: 'unavailable_shards_exception' }], 201]),
        itemsAnswer([[429, busy], 201]),
      ),
    )
    await expect(writer.write(linesOf(['a', 'b', 'c', 'd', 'é']), 5)).resolves.toEqual([])
    expect(cluster.asked.map(namesIn)).toEqual([['a', 'b', 'c', 'd', 'é'], ['b', 'd'], ['b']])
  })

  test('those of different writes are told apart', async () => {
    const { open, script } = gate()
    let bulks = 0
    const { cluster, writer } = await writerTo(async (asked) =>
      ++bulks === 4 ? itemsAnswer([201, 201, 429, [400, UNPARSABLE]]) : script(asked),
    )
    const blockers = ['x', 'y', 'z'].map((name) => writer.write(linesOf([name]), 1))
    await until(() => cluster.asked.length === 3)
    const writes = [writer.write(linesOf(['a', 'b']), 2), writer.write(linesOf(['c', 'd']), 2)]
    open()
    await Promise.all(blockers)
    expect(await Promise.all(writes)).toEqual([[], [expect.objectContaining({ index: 1 })]])
    expect(namesIn(cluster.asked[4])).toEqual(['c'])
  })

  test('those stored before count as stored', async () => {
    const { cluster, writer } = await writerTo(
      first(itemsAnswer([201, [409, { type: 'version_conflict_engine_exception', reason: 'there' }]])),
    )
    await expect(writer.write(linesOf(['a', 'b']), 2)).resolves.toEqual([])
    expect(cluster.asked).toHaveLength(1)
  })

  test('those that will never be taken are named with the reason, and their neighbours stored', async () => {
    const error = { ...UNPARSABLE, caused_by: { reason: 'out of range' } }
    const { cluster, writer } = await writerTo(
      first(itemsAnswer([201, [400, error], 429]), itemsAnswer([[400, UNPARSABLE]])),
    )
    await expect(writer.write(linesOf(['a', 'b', 'c']), 3)).resolves.toEqual([
      { index: 1, reason: '[1:9] failed to parse field [ts]: out of range' },
      { index: 2, reason: '[1:9] failed to parse field [ts]' },
    ])
    expect(cluster.asked).toHaveLength(2)
  })

  test('none is given up because the cluster is full', async () => {
    const { writer } = await writerTo(() => itemsAnswer([[400, TOO_MANY_SHARDS]]), { patience: 200 })
    await expect(writer.write(linesOf(['a']), 1)).rejects.toMatchObject(
      unavailable(/400 validation_exception: this action would add \[2\] shards/),
    )
  })

  test('none is given up of those that must be stored', async () => {
    const { writer } = await writerTo(refusingLookups, { patience: 200 })
    await expect(writer.write(linesOf(['span', 'lookup']), 1)).rejects.toMatchObject(
      unavailable(/document_parsing_exception/),
    )
  })

  test('those that the answer leaves out are sent again', async () => {
    const { cluster, writer } = await writerTo(first(itemsAnswer([201]), {}))
    await expect(writer.write(linesOf(['a', 'b']), 2)).resolves.toEqual([])
    expect(cluster.asked.map(namesIn)).toEqual([['a', 'b'], ['b'], ['b']])
  })
})

describe('a bulk that fails as a whole', () => {
  const FAILURES: Record<string, Answer> = {
    'too many requests': { status: 429, json: { error: { type: 'es_rejected_execution_exception' } } },
    'an unavailable cluster': { status: 503, json: { error: 'no master' } },
    'a proxy without its cluster': { status: 502 },
    'a connection that is cut': 'hang up',
    'a cluster that never answers': 'silence',
    'an answer that makes no sense': { status: 400, json: { error: { type: 'parse_exception', reason: 'huh' } } }, // prettier-ignore
  }

  test.each(Object.keys(FAILURES))('is sent again after %s', async (name) => {
    const timeoutMs = FAILURES[name] === 'silence' ? 300 : LONG
    const { cluster, writer } = await writerTo(first(FAILURES[name]!, FAILURES[name]!), { timeoutMs })
    await expect(writer.write(linesOf(['a', 'b']), 2)).resolves.toEqual([])
    expect(cluster.asked.map(namesIn).at(-1)).toEqual(['a', 'b'])
    expect(cluster.asked.length).toBeGreaterThanOrEqual(3)
  })

  test.each(Object.keys(FAILURES))('is given back when the patience with %s is over', async (name) => {
    const { writer } = await writerTo(() => FAILURES[name]!, { patience: 250, timeoutMs: 100 })
    await expect(writer.write(linesOf(['a']), 1)).rejects.toMatchObject(unavailable(/^Elasticsearch /))
  })

  test('is given back with words for who may not come in', async () => {
    const json = { error: { type: 'security_exception', reason: 'unable to authenticate user [me]' } }
    const { writer } = await writerTo(() => ({ status: 401, json }), { patience: 50 })
    await expect(writer.write(linesOf(['a']), 1)).rejects.toMatchObject(
      unavailable(/refuses access \(401 security_exception: .*Check its user name, password or API key\./),
    )
  })

  test('takes with it those that waited behind it for too long', async () => {
    const { cluster, writer } = await writerTo(() => 'silence', { patience: 50, timeoutMs: 500 })
    const lines = Array.from({ length: 20 }, (_, i) => linesOf([`${i}`], 1_500_000))
    const results = await Promise.allSettled(lines.map((each) => writer.write(each, 1)))
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    expect(cluster.asked.length).toBeLessThanOrEqual(3)
  })
})

describe('the writer', () => {
  test('gives back what it was about to repeat when its connection is closed', async () => {
    const { cluster, connection, writer } = await writerTo(() => ({ status: 503 }), { patience: 2000 })
    const write = expect(writer.write(linesOf(['a']), 1)).rejects.toMatchObject(unavailable(/closed/))
    await until(() => cluster.asked.length === 1)
    await connection.close()
    await write
  })

  test('lets go of what is settled, stored or not', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    let fails = false
    const { writer } = await writerTo((asked) => (fails ? { status: 503 } : allStored(asked)), {
      patience: 1,
    })
    const write = async (name: string) => {
      const lines = linesOf([name], 100_000)
      const settled = writer.write(lines, 1).then(
        () => undefined,
        () => undefined,
      )
      await settled
      return new WeakRef(lines)
    }
    const kept = [await write('a'), await write('b')]
    fails = true
    kept.push(await write('c'))
    for (let round = 0; round < 50 && kept.some((each) => each.deref() !== undefined); round++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      collect()
    }
    expect(kept.map((each) => each.deref() === undefined)).toEqual([true, true, true])
    // The writer itself must be there still.
    expect(writer).toBeDefined()
  })
})

describe('the lines of a bulk', () => {
  test('are what was added, in UTF-8, cut where each document ends, and forgotten once taken', () => {
    const encoder = new BulkEncoder()
    const documents = ['"ä"', `"${'\u{1f680}'.repeat(50_000)}"`, '""', `"${'x'.repeat(9 * 2 ** 20)}"`]
    for (const document of documents) encoder.add('{}', document)
    const { bytes, ends } = encoder.take()
    const parts = ends.map((end, i) => bytes.toString('utf8', ends[i - 1] ?? 0, end))
    expect(parts).toEqual(documents.map((document) => `{}\n${document}\n`))
    expect(encoder.take()).toEqual({ bytes: Buffer.alloc(0), ends: [] })
    encoder.add('{}', '1')
    expect(encoder.take().bytes.toString()).toBe('{}\n1\n')
    expect(bytes.toString('utf8', 0, ends[0])).toBe('{}\n"ä"\n')
  })
})
