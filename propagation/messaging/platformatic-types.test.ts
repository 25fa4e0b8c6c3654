// @platformatic/kafka fits the shapes this library knows it by: held by the compiler, so this needs only to exist.
import { expect, test } from '@jest/globals'
import { type Message, type MessagesStream, Producer, stringSerializers } from '@platformatic/kafka'
import { Kafka } from 'kafkajs'
import { coreOf } from '../testing/core.ts'
import { processPlatformaticMessage } from './kafka-consumer.ts'
import { tracePlatformaticProducer } from './platformatic-producer.ts'

const options = { bootstrapBrokers: ['127.0.0.1:1'], clientId: 'p' }

test('a traced producer is the producer itself, of whatever serializers', async () => {
  const core = coreOf([])
  const given = new Producer(options)
  const producer: Producer = tracePlatformaticProducer(core, given)
  expect(producer).toBe(given)
  const ofText: Producer<string, string, string, string> = tracePlatformaticProducer(
    core,
    new Producer({ ...options, serializers: stringSerializers }),
    { serializers: stringSerializers, remoteService: 'events' },
  )
  // @ts-expect-error kafkajs' producers are wrapped by another function.
  tracePlatformaticProducer(core, new Kafka({ brokers: ['127.0.0.1:1'], logLevel: 0 }).producer())
  await Promise.all([producer.close(), ofText.close()])
})

test('what is processed is a message of a stream, and what the function gives is given back', () => {
  const core = coreOf([])
  const bytes = (message: Message): string =>
    processPlatformaticMessage(core, message, ({ value }) => value.toString())
  const each = async (stream: MessagesStream<string, string, string, string>): Promise<void> => {
    for await (const message of stream) {
      await processPlatformaticMessage(core, message, async ({ value, headers }) => {
        value.trim()
        headers.get('kind')?.trim()
        await message.commit()
      })
    }
  }
  expect([bytes, each].map((fn) => typeof fn)).toEqual(['function', 'function'])
})
