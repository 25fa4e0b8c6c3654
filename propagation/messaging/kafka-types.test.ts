// kafkajs fits the shapes this library knows it by: held by the compiler, so most of this needs only to exist.
import { expect, test } from '@jest/globals'
import { type Consumer, type EachBatchHandler, type EachMessageHandler, Kafka, type Producer } from 'kafkajs'
import { createTracer, KafkaReporter } from '../index.ts'

const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: 0 })

test('a reporter takes a kafkajs client or producer, and connects to nothing by itself', async () => {
  for (const reporter of [new KafkaReporter({ kafka }), new KafkaReporter({ producer: kafka.producer() })]) {
    await reporter.close()
    expect(reporter.stats().accepted).toBe(0)
  }
})

test('a traced producer is a kafkajs producer, and traced handlers are kafkajs handlers', async () => {
  const tracer = createTracer({ service: 'a', enableHttpTracing: false })
  const producer: Producer = tracer.kafkaProducer(kafka.producer())
  expect(producer.isIdempotent()).toBe(false)
  expect(producer.events.CONNECT).toBe('producer.connect')
  const eachMessage: EachMessageHandler = tracer.kafkaEachMessage(async ({ message, heartbeat }) => {
    message.offset.trim()
    await heartbeat()
  })
  const eachBatch: EachBatchHandler = tracer.kafkaEachBatch(
    async ({ batch, resolveOffset }, processMessage) => {
      for (const message of batch.messages) {
        processMessage(message, () => message.value?.toString())
        resolveOffset(message.offset)
      }
    },
  )
  const run = (consumer: Consumer): Promise<void> =>
    consumer.run({ eachMessage: tracer.kafkaEachMessage(async ({ partition }) => void partition.toFixed()) })
  expect([eachMessage, eachBatch, run].map((each) => typeof each)).toEqual(Array(3).fill('function'))
  await tracer.close()
})
