// By kafkajs' own encoder and decoder of batches, for what they make of a codec's output is what counts.
import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import type { KafkaMessage } from 'kafkajs'
import { readEveryCompression } from './kafka-compression.ts'
import { recordsOf, standInOf, standInsFor } from './kafka-unreadable.ts'

interface Bytes {
  readonly buffer: Buffer
}
interface KafkajsBatches {
  encode(batch: object): Promise<Bytes>
  decode(decoder: object): Promise<{ records: KafkaMessage[] }>
  record(fields: object): Bytes
  Decoder: new (bytes: Buffer) => object
}

const require = createRequire(import.meta.url)
const path = 'kafkajs/src/protocol'
const kafkajs: KafkajsBatches = {
  encode: (require(`${path}/recordBatch/v0`) as { RecordBatch: KafkajsBatches['encode'] }).RecordBatch,
  decode: require(`${path}/recordBatch/v0/decoder`) as KafkajsBatches['decode'],
  record: require(`${path}/recordBatch/record/v0`) as KafkajsBatches['record'],
  Decoder: require(`${path}/decoder`) as KafkajsBatches['Decoder'],
}
const GZIP = 1

readEveryCompression()

async function batchOf(values: readonly string[], damage: (batch: Buffer) => void): Promise<KafkaMessage[]> {
  const records = values.map((value, offsetDelta) =>
    kafkajs.record({ offsetDelta, key: null, value: Buffer.from(value), headers: {} }),
  )
  const { buffer } = await kafkajs.encode({
    compression: GZIP,
    firstOffset: 1000,
    lastOffsetDelta: values.length - 1,
    records,
  })
  damage(buffer)
  return (await kafkajs.decode(new kafkajs.Decoder(buffer))).records
}

describe('a batch that can not be inflated', () => {
  const values = Array.from({ length: 300 }, (_, i) => `message ${i}`)

  test('has a stand-in for each record, of which the last holds the batch and says why', async () => {
    const corrupt = (batch: Buffer) => batch.fill(0xff, 80)
    const messages = await batchOf(values, corrupt)
    expect(messages.map(({ offset }) => offset)).toEqual(values.map((_, i) => String(1000 + i)))
    const standIns = messages.map((message) => standInOf(message))
    expect(standIns.slice(0, -1).every((each) => each === 'told by the last')).toBe(true)
    const last = standIns.at(-1)
    if (typeof last !== 'object') throw new Error('There is no stand-in.')
    expect(last.message).toMatchObject({ key: null, offset: '1299', batchCodec: 'gzip' })
    // What is left of it begins as gzip does.
    expect(last.message.value?.readUInt16BE(0)).toBe(0x1f8b)
    expect(last.reason).toMatch(/^The batch of 300 messages from offset 1000 to 1299 is compressed with gzip/)
  })

  test('is one that would be too large, too', async () => {
    const messages = await batchOf(['small', '\0'.repeat(2 ** 26)], () => {})
    expect(messages.map((message) => typeof standInOf(message))).toEqual(['string', 'object'])
  })

  test('is no other batch', async () => {
    const messages = await batchOf(['a', 'b'], () => {})
    expect(messages.map(({ value }) => value?.toString())).toEqual(['a', 'b'])
    expect(messages.map((message) => standInOf(message))).toEqual([undefined, undefined])
  })
})

test('the records of a batch that could be inflated after all are read as kafkajs writes them', () => {
  const fields = { key: Buffer.from('k'), value: Buffer.alloc(300, 'v'), headers: { a: '1', b: ['2', '3'] } }
  const [first, second] = [fields, { ...fields, key: null, value: null, headers: {}, offsetDelta: 70_000 }]
  const bytes = Buffer.concat([first, second].map((each) => kafkajs.record(each).buffer))
  const texts = (values: string[]) => values.map((each) => Buffer.from(each))
  expect(recordsOf(bytes)).toEqual([
    { ...fields, headers: { a: texts(['1']), b: texts(['2', '3']) } },
    { key: null, value: null, headers: {} },
  ])
  expect(() => recordsOf(bytes.subarray(0, 100))).toThrow(RangeError)
})

test('a batch with more records than stand-ins are made for is left to fail', () => {
  const batchWith = (count: number) => {
    const batch = Buffer.alloc(62)
    batch.writeInt32BE(50, 8)
    batch.writeInt8(2, 16)
    batch.writeInt32BE(count, 57)
    return standInsFor(batch.subarray(61), 'gzip', 'No reason.')
  }
  expect(batchWith(3)).toBeInstanceOf(Uint8Array)
  expect(batchWith(2 ** 20 + 1)).toBeUndefined()
})

test('what is not in a batch of this format is left to fail', () => {
  expect(standInsFor(Buffer.alloc(100).subarray(80), 'gzip', 'No reason.')).toBeUndefined()
  expect(standInsFor(Buffer.from('alone'), 'gzip', 'No reason.')).toBeUndefined()
})
