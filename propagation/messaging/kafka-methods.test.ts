// What a traced kafkajs producer is to its service: the producer it had.
import { describe, expect, test } from '@jest/globals'
import type { KafkaMessage } from '../index.ts'
import { fakeProducer } from '../testing/kafka.ts'
import { spans, tracerOf } from '../testing/services.ts'

describe('a traced producer', () => {
  test('calls a producer that keeps private fields', async () => {
    class Private {
      readonly #sent: unknown[] = []
      send(record: { topic: string; messages: KafkaMessage[] }): Promise<unknown> {
        return Promise.resolve(this.#sent.push(record))
      }
      sendBatch(): Promise<unknown> {
        return Promise.resolve()
      }
      transaction(): Promise<never> {
        return Promise.reject(new Error('none'))
      }
      count(): number {
        return this.#sent.length
      }
    }
    const producer = tracerOf('a').kafkaProducer(new Private())
    await producer.send({ topic: 't', messages: [{}] })
    expect(producer.count()).toBe(1)
    await expect(producer.transaction()).rejects.toThrow('none')
  })

  test('has the methods of the one given: each the same whenever it is asked for, with its properties', async () => {
    const fake = fakeProducer()
    Object.assign(fake.send, { label: 'of the service' })
    const producer = tracerOf('a').kafkaProducer(fake)
    const { send } = producer
    expect(producer.send).toBe(send)
    expect(producer.connect).toBe(producer.connect)
    expect(send).toHaveProperty('label', 'of the service')
    expect(send.name).toBe(fake.send.name)
    await send({ topic: 't', messages: [{ value: '1' }] })
    expect(spans()).toHaveLength(1)
    // Put in its place by the service, a test's spy say.
    const spied: unknown[] = []
    fake.send = (record) => Promise.resolve([`${spied.push(record)}`])
    await producer.send({ topic: 'u', messages: [{ value: '2' }] })
    expect(spied).toMatchObject([{ topic: 'u' }])
    expect(spans()).toHaveLength(2)
  })
})
