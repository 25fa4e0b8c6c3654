// What real brokers and other clients do to the Kafka intake: messages that kafkajs can't write by itself, batches
// that nobody can inflate, topics that are made again, and the commands for dead letters.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs'
import { describeWithKafka, sharedKafka } from '../backends/describe.ts'
import { type ServerProcess, startServer, tempFolder } from '../support/server-process.ts'
import { runCommand } from './command.ts'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel, Partitioners } = kafkajs

const SLOW = 120_000
const NAME = `intake-${process.pid}-${Date.now().toString(36)}`
const MIB = 2 ** 20
const COMMAND = fileURLToPath(import.meta.resolve('hopscope/bin/hopscope.js'))
const READS_ZSTD = 'zstdDecompress' in zlib

const spanText = (traceId: string) =>
  JSON.stringify([{ traceId, id: traceId, name: 'get', timestamp: Date.now() * 1000, duration: 9 }])

async function eventually<T>(get: () => Promise<T>, wanted: T): Promise<void> {
  const until = Date.now() + 40_000
  while (Date.now() < until && JSON.stringify(await get()) !== JSON.stringify(wanted)) await sleep(100)
  expect(await get()).toEqual(wanted)
}

const traceStatus = async ({ url }: ServerProcess, id: string) =>
  (await fetch(`${url}/api/v2/trace/${id.padStart(16, '0')}`)).status

/** One frame with one block that is stored as it is. */
function zstdFrame(bytes: Buffer): Buffer {
  const header = Buffer.alloc(4 + 1 + 4 + 3)
  header.writeUInt32LE(0xfd2fb528)
  // A single segment, with its length in four bytes.
  header.writeUInt8(0xa0, 4)
  header.writeUInt32LE(bytes.length, 5)
  header.writeUIntLE((bytes.length << 3) | 1, 9, 3)
  return Buffer.concat([header, bytes])
}

/** A record without key, with the value `no json` and a header `n` that is null. */
const NULL_HEADER = Buffer.from([
  32, 0, 0, 0, 1, 14, ...Buffer.from('no json'), 2, 2, ...Buffer.from('n'), 1,
]) // prettier-ignore

let bootstrap: string
let admin: Admin
let producer: Producer

/** Has all that is sent meanwhile compressed by `compress`, which may also put other records there. */
async function compressedBy(
  compress: (records: Buffer) => Buffer,
  send: () => Promise<unknown>,
): Promise<void> {
  const before = CompressionCodecs[CompressionTypes.GZIP]
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(compress(buffer)),
  })
  try {
    await send()
  } finally {
    CompressionCodecs[CompressionTypes.GZIP] = before
  }
}

const gzipped = (topic: string, ...messages: Message[]) =>
  producer.send({ topic, acks: -1, messages, compression: CompressionTypes.GZIP })

describeWithKafka('the Kafka intake', () => {
  beforeAll(async () => {
    bootstrap = await sharedKafka()
    const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING })
    admin = kafka.admin()
    producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await Promise.all([admin.connect(), producer.connect()])
  })
  afterAll(async () => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(NAME))
    await admin.deleteTopics({ topics })
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId)
    await admin.deleteGroups(groups.filter((group) => group.startsWith(NAME))).catch(() => {})
    await Promise.all([admin.disconnect(), producer.disconnect()])
  })

  const settings = (topic: string) => ({
    KAFKA_BOOTSTRAP_SERVERS: bootstrap,
    KAFKA_TOPIC: topic,
    KAFKA_GROUP_ID: topic,
    HOPSCOPE_KAFKA_DEAD_LETTER_TOPIC: `${topic}-dlq`,
  })
  const deadLetters = (topic: string, ...words: string[]) =>
    runCommand(['dead-letters', ...words], settings(topic))
  const list = async (topic: string) =>
    (await deadLetters(topic, 'list')).stdout.split('\n').filter((line) => line !== '')

  describe('given what can not be read', () => {
    const topic = `${NAME}-bad`
    let server: ServerProcess

    beforeAll(async () => {
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
      const at = (partition: number, value: Buffer | string) => ({ partition, value })
      await compressedBy(
        () => zlib.gzipSync(NULL_HEADER),
        () => gzipped(topic, at(0, 'no json')),
      )
      await gzipped(topic, at(0, Buffer.alloc(65 * MIB)), at(0, 'beside it'))
      await gzipped(topic, at(0, Buffer.alloc(3 * MIB, 'x')))
      await gzipped(topic, at(0, Buffer.alloc(11 * MIB, ' ')))
      const before = CompressionCodecs[CompressionTypes.ZSTD]
      CompressionCodecs[CompressionTypes.ZSTD] = () => ({
        compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(zstdFrame(buffer)),
      })
      const zstd = { acks: -1, compression: CompressionTypes.ZSTD }
      await producer.send({ topic, messages: [at(0, spanText('25'))], ...zstd })
      CompressionCodecs[CompressionTypes.ZSTD] = before
      await gzipped(topic, at(0, spanText('a1')))
      await gzipped(topic, at(1, spanText('a2')))
      server = await startServer({ env: settings(topic) })
    }, SLOW)
    afterAll(() => server.stop())

    test('stores all that can be read, on the same partition and on others', async () => {
      await eventually(() => traceStatus(server, 'a2'), 200)
      await eventually(() => traceStatus(server, 'a1'), 200)
      expect(await traceStatus(server, '25')).toBe(READS_ZSTD ? 200 : 404)
    })

    test('keeps the rest with its reason, whole', async () => {
      const codes = async () =>
        (await list(topic)).map((line) => line.split('  ').slice(2, 5).join(' ').replace(`${topic}:`, ''))
      const wanted = ['0:0 body-malformed', '0:2 body-unreadable', '0:3 body-malformed', '0:4 body-too-large']
      await eventually(
        async () => (await codes()).map((line) => line.split(' ').slice(0, 2).join(' ')),
        READS_ZSTD ? wanted : [...wanted, '0:5 body-unreadable'],
      )
      const lines = await list(topic)
      expect(lines.filter((line) => line.includes('(cut)'))).toEqual([])
      expect(lines[1]).toContain(
        '(batch)  The batch of 2 messages from offset 1 to 2 is compressed with gzip',
      )
      const { stdout } = await deadLetters(topic, 'show', '0:0')
      expect(stdout).toContain('hopscope-dlq-null-headers: ["n"]')
    })

    test('creates the topic for them for 30 days', async () => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: `${topic}-dlq`, configNames: ['retention.ms'] }],
      })
      expect(resources[0]?.configEntries[0]?.configValue).toBe('2592000000')
    })
  })

  describe('whose dead letters anyone may write', () => {
    const topic = `${NAME}-dead`
    const other = `${NAME}-other`
    const letterFrom = (source: string, offset: number): Message => ({
      value: `letter ${offset}`,
      headers: {
        'hopscope-dlq-topic': source,
        'hopscope-dlq-partition': '0',
        'hopscope-dlq-offset': String(offset),
        'hopscope-dlq-at': '\u0007',
        'hopscope-dlq-code': 'body-not-json',
        'hopscope-dlq-reason': 'No JSON.',
      },
    })
    const lengthOf = async (name: string) =>
      (await admin.fetchTopicOffsets(name)).reduce((sum, { high }) => sum + Number(high), 0)

    beforeAll(async () => {
      await admin.createTopics({
        topics: [topic, other, `${topic}-dlq`].map((each) => ({ topic: each, numPartitions: 1 })),
      })
      await gzipped(`${topic}-dlq`, letterFrom(other, 0), letterFrom(topic, 1))
      await compressedBy(
        () => zlib.gzipSync(NULL_HEADER),
        () => gzipped(`${topic}-dlq`, { value: '' }),
      )
    }, SLOW)

    test('are listed, whatever they hold', async () => {
      const lines = await list(topic)
      expect(lines).toHaveLength(3)
      expect(lines.join('')).toContain('\\u{7}')
    })

    test(
      'are sent only to our topics, unless we say where',
      async () => {
        const refused = await deadLetters(topic, 'replay', '0:0', '0:1')
        expect(refused).toMatchObject({ code: 1, stdout: `0:1 sent to ${topic}\n1 replayed.\n` })
        expect(refused.stderr).toContain(`0:0 from ${other}`)
        expect([await lengthOf(topic), await lengthOf(other)]).toEqual([1, 0])
        expect((await deadLetters(topic, 'replay', '0:0', '--topic', other)).code).toBe(0)
        expect(await lengthOf(other)).toBe(1)
      },
      SLOW,
    )

    test('are replayed message by message where a whole batch was kept and can be read by now', async () => {
      const letter = letterFrom(topic, 50)
      const batch = { ...letter.headers, 'hopscope-dlq-batch': 'gzip' }
      const from = await lengthOf(`${topic}-dlq`)
      const records = Buffer.concat([NULL_HEADER, NULL_HEADER, NULL_HEADER])
      await gzipped(`${topic}-dlq`, { value: zlib.gzipSync(records), headers: batch })
      const before = await lengthOf(topic)
      expect((await deadLetters(topic, 'replay', `0:${from}`)).stderr).toBe('')
      expect((await lengthOf(topic)) - before).toBe(3)
    })

    test('are replayed and marked to the last also when nobody reads what is said', async () => {
      const many = Array.from({ length: 20 }, (_, i) => letterFrom(topic, 100 + i))
      const from = await lengthOf(`${topic}-dlq`)
      await gzipped(`${topic}-dlq`, ...many)
      const before = await lengthOf(topic)
      const ids = many.map((_, i) => `0:${from + i}`)
      const child = spawn(process.execPath, [COMMAND, 'dead-letters', 'replay', ...ids], {
        env: { PATH: process.env['PATH'], ...settings(topic) },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child.stdout.destroy()
      const [code] = (await once(child, 'close')) as [number]
      expect([code, (await lengthOf(topic)) - before]).toEqual([0, 20])
      expect((await list(topic)).filter((line) => line.includes('(replayed)'))).toHaveLength(23)
    })
  })

  test(
    'reads a topic that was made again from its beginning, whatever position the store has',
    async () => {
      const topic = `${NAME}-again`
      const dataDir = tempFolder()
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
      await gzipped(topic, ...['b1', 'b2', 'b3'].map((id) => ({ value: spanText(id) })))
      const first = await startServer({ env: settings(topic), dataDir })
      await eventually(() => traceStatus(first, 'b3'), 200)
      await first.stop()
      await admin.deleteTopics({ topics: [topic] })
      await eventually(async () => (await admin.listTopics()).includes(topic), false)
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
      await gzipped(topic, ...['c1', 'c2', 'c3', 'c4'].map((id) => ({ value: spanText(id) })))
      const second = await startServer({ env: settings(topic), dataDir })
      try {
        await eventually(() => traceStatus(second, 'c4'), 200)
        expect(await Promise.all(['c1', 'c2', 'c3', 'b1'].map((id) => traceStatus(second, id)))).toEqual(
          Array(4).fill(200),
        )
      } finally {
        await second.stop()
      }
    },
    SLOW,
  )
})
