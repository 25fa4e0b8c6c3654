// Spans over Kafka: the same promises as over HTTP, by a producer that the service brings.
import { performance } from 'node:perf_hooks'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { createTracer, KafkaReporter, type KafkaReporterOptions, type Span } from '../index.ts'
import { spanNamed, until } from '../testing/harness.ts'
import { fakeProducer, protocolError, retriesExceeded } from '../testing/kafka.ts'

const reporters: KafkaReporter[] = []
const reporterOf = (options: Partial<KafkaReporterOptions>) => {
  const logged: string[] = []
  const log = (line: string): unknown => logged.push(line)
  const all = { intervalMs: 5, backoffMs: 10, log, ...options }
  const reporter = new KafkaReporter(all as KafkaReporterOptions)
  reporters.push(reporter)
  return { reporter, logged }
}
const spansIn = (value: Uint8Array | string): string[] =>
  (JSON.parse(value.toString()) as Span[]).map((span) => span.name)
const valuesOf = (producer: ReturnType<typeof fakeProducer>): string[][] =>
  producer.sent.flatMap((record) => record.messages.map((message) => spansIn(message.value)))

afterEach(async () => {
  await Promise.all(reporters.splice(0).map((reporter) => reporter.close(50)))
})

describe('what is sent', () => {
  test('is Zipkin JSON lists in batches, without a key, for all replicas to acknowledge', async () => {
    const producer = fakeProducer()
    const { reporter } = reporterOf({ producer, batchSpans: 3 })
    for (let at = 0; at < 7; at++) reporter.report(spanNamed(`s${at}`))
    expect(await reporter.flush(5000)).toBe(true)
    expect(valuesOf(producer)).toEqual([['s0', 's1', 's2'], ['s3', 's4', 's5'], ['s6']])
    expect(producer.sent[0]).toEqual({
      topic: 'zipkin',
      acks: -1,
      compression: 1,
      messages: [{ value: expect.any(Buffer) }],
    })
    expect(reporter.stats()).toMatchObject({ accepted: 7, sent: 7, queued: 0, queuedBytes: 0 })
  })

  test('goes uncompressed where that is asked for', async () => {
    const producer = fakeProducer()
    const { reporter } = reporterOf({ producer, compress: false })
    reporter.report(spanNamed('a'))
    await reporter.flush(5000)
    expect(producer.sent[0]).not.toHaveProperty('compression')
  })

  test('goes to the topic given', async () => {
    const producer = fakeProducer()
    const { reporter } = reporterOf({ producer, topic: 'spans.eu' })
    reporter.report(spanNamed('a'))
    await reporter.flush(5000)
    expect(producer.sent.map((record) => record.topic)).toEqual(['spans.eu'])
  })

  test('is at most 512 KiB a message, half of what a broker takes; only a span bigger than that goes alone', async () => {
    const producer = fakeProducer()
    const { reporter } = reporterOf({ producer })
    const big = (name: string, size: number): Span => ({ ...spanNamed(name), tags: { a: 'x'.repeat(size) } })
    for (let at = 0; at < 12; at++) reporter.report(big('s', 100_000))
    reporter.report(big('huge', 600_000))
    reporter.report(spanNamed('after'))
    await reporter.flush(5000)
    const sizes = producer.sent.map((record) => record.messages[0]?.value.length ?? 0)
    expect(sizes.filter((size) => size > 512 * 1024)).toHaveLength(1)
    expect(valuesOf(producer).slice(-2)).toEqual([['huge'], ['after']])
  })

  test('is not traced, though the producer is', async () => {
    const producer = fakeProducer()
    const holder: { reporter?: KafkaReporter } = {}
    const tracer = createTracer({
      service: 'a',
      reporter: {
        report: (span) => holder.reporter?.report(span),
        flush: () => Promise.resolve(true),
        close: () => Promise.resolve(),
        stats: () => holder.reporter!.stats(),
      },
    })
    const { reporter } = reporterOf({ producer: tracer.kafkaProducer(producer) })
    holder.reporter = reporter
    await tracer.withSpan('only', () => {
      for (let at = 0; at < 3; at++) tracer.withSpan(`inner ${at}`, () => undefined)
      return reporter.flush(5000)
    })
    await reporter.flush(5000)
    expect(valuesOf(producer).flat()).toEqual(['inner 0', 'inner 1', 'inner 2', 'only'])
    expect(producer.sent.every((record) => record.messages[0]?.headers === undefined)).toBe(true)
    await tracer.close()
  })
})

describe('the producer', () => {
  test('is connected with the first batch, not before, and once', async () => {
    const producer = fakeProducer()
    const { reporter } = reporterOf({ producer })
    expect(producer.calls).toEqual([])
    for (const name of ['a', 'b']) {
      reporter.report(spanNamed(name))
      await reporter.flush(5000)
    }
    expect(producer.calls).toEqual(['connect', 'send', 'send'])
  })

  test('is connected anew after a failure, of the connection or of a send', async () => {
    const producer = fakeProducer([new Error('connection closed')], [new Error('no route')])
    const { reporter, logged } = reporterOf({ producer })
    reporter.report(spanNamed('a'))
    await until('it sent', () => reporter.stats().sent === 1)
    expect(producer.calls).toEqual(['connect', 'connect', 'send', 'connect', 'send'])
    expect(logged).toEqual([
      expect.stringContaining('kafka topic zipkin does not take spans, trying again: no route'),
      expect.stringContaining('takes spans again'),
    ])
    expect(reporter.stats()).toMatchObject({ retries: 2, refused: 0, dropped: 0 })
  })

  test('of its own is disconnected at the end; one that was given is the service’s to disconnect', async () => {
    const own = fakeProducer()
    const given = fakeProducer()
    for (const options of [{ kafka: { producer: () => own } }, { producer: given }]) {
      const { reporter } = reporterOf(options)
      reporter.report(spanNamed('a'))
      await reporter.close(5000)
      expect(reporter.stats().sent).toBe(1)
    }
    expect(own.calls).toEqual(['connect', 'send', 'disconnect'])
    expect(given.calls).toEqual(['connect', 'send'])
  })

  test('of its own is let go of when idle, and connected again for the next span', async () => {
    const producer = fakeProducer()
    const { reporter } = reporterOf({ kafka: { producer: () => producer } })
    reporter.report(spanNamed('a'))
    await until('it let go', () => producer.calls.includes('disconnect'))
    reporter.report(spanNamed('b'))
    await reporter.flush(5000)
    expect(producer.calls).toEqual(['connect', 'send', 'disconnect', 'connect', 'send'])
  })

  test('of its own is let go of after a refusal too: it may be connected all the same', async () => {
    const producer = fakeProducer([protocolError('MESSAGE_TOO_LARGE')])
    const { reporter } = reporterOf({ kafka: { producer: () => producer } })
    reporter.report(spanNamed('a'))
    await until('it let go', () => producer.calls.includes('disconnect'))
    expect(reporter.stats().refused).toBe(1)
  })

  test('that fails to disconnect fails no one else', async () => {
    const producer = { ...fakeProducer(), disconnect: () => Promise.reject(new Error('stuck')) }
    const { reporter, logged } = reporterOf({ kafka: { producer: () => producer } })
    await reporter.close()
    expect(logged).toEqual([expect.stringContaining('disconnecting from kafka topic zipkin failed: stuck')])
  })
})

describe('a broker that fails', () => {
  test.each(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'POLICY_VIOLATION'])(
    'for good with %s has the batch counted as refused, and not sent again',
    async (type) => {
      const producer = fakeProducer([protocolError(type), retriesExceeded(protocolError(type))])
      const { reporter, logged } = reporterOf({ producer, batchSpans: 1 })
      for (const name of ['bad', 'bad too', 'good']) reporter.report(spanNamed(name))
      await until('the good one', () => reporter.stats().sent === 1)
      expect(valuesOf(producer)).toEqual([['bad'], ['bad too'], ['good']])
      expect(reporter.stats()).toMatchObject({ refused: 2, retries: 0 })
      expect(logged).toEqual([
        expect.stringContaining(`refused 1 spans, not sent again: broker said ${type}`),
      ])
    },
  )

  test('for good again and again is told once a minute, with all that it refused since', async () => {
    const producer = fakeProducer(Array.from({ length: 4 }, () => protocolError('MESSAGE_TOO_LARGE')))
    const { reporter, logged } = reporterOf({ producer, batchSpans: 1 })
    const refused = async (count: number) => {
      reporter.report(spanNamed('bad'))
      await until('the refusal', () => reporter.stats().refused === count)
    }
    for (const count of [1, 2, 3]) await refused(count)
    const start = performance.now()
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => start + 61_000)
    await refused(4)
    clock.mockRestore()
    expect(logged.map((line) => /refused (\d+) spans/.exec(line)?.[1])).toEqual(['1', '3'])
  })

  test('to know who we are is asked again: passwords and rights are mended while spans wait', async () => {
    const failed = Object.assign(new Error('bad password'), { name: 'KafkaJSSASLAuthenticationError' })
    const producer = fakeProducer(
      [protocolError('TOPIC_AUTHORIZATION_FAILED')],
      [failed, protocolError('UNSUPPORTED_SASL_MECHANISM')],
    )
    const { reporter } = reporterOf({ producer })
    reporter.report(spanNamed('a'))
    await until('it sent', () => reporter.stats().sent === 1)
    expect(reporter.stats()).toMatchObject({ retries: 3, refused: 0 })
  })

  test.each([
    retriesExceeded(protocolError('NOT_LEADER_FOR_PARTITION')),
    protocolError('NOT_ENOUGH_REPLICAS'),
    protocolError('UNKNOWN'),
    Object.assign(new Error('The producer is disconnecting'), { retriable: false }),
    new TypeError('a bug'),
  ])('for now is sent the same batch again, ahead of later spans: %s', async (error) => {
    const producer = fakeProducer([error, error])
    const { reporter } = reporterOf({ producer })
    reporter.report(spanNamed('a'))
    await until('a first try', () => reporter.stats().retries >= 1)
    reporter.report(spanNamed('b'))
    await until('both sent', () => reporter.stats().sent === 2)
    expect(valuesOf(producer)).toEqual([['a'], ['a'], ['a'], ['b']])
  })

  test('to answer in time is waited for again, not sent the batch twice', async () => {
    let answer = (): void => undefined
    const slow = new Promise<void>((resolve) => {
      answer = resolve
    })
    const producer = fakeProducer([slow])
    const { reporter, logged } = reporterOf({ producer, timeoutMs: 10 })
    reporter.report(spanNamed('a'))
    await until('a second wait', () => reporter.stats().retries === 2)
    answer()
    await until('it sent', () => reporter.stats().sent === 1)
    expect(valuesOf(producer)).toEqual([['a']])
    expect(logged[0]).toContain('no answer within 10 ms')
  })

  test('in the middle of a send leaves open whether it was taken: without `resendUnanswered` it is not sent again', async () => {
    const producer = fakeProducer([new Error('connection closed')], [new Error('no route')])
    const { reporter } = reporterOf({ producer, resendUnanswered: false })
    reporter.report(spanNamed('a'))
    await until('it is given up', () => reporter.stats().lost === 1)
    reporter.report(spanNamed('b'))
    await reporter.flush(5000)
    expect(valuesOf(producer)).toEqual([['a'], ['b']])
    expect(reporter.stats()).toMatchObject({ sent: 1, lost: 1, retries: 1 })
  })

  test('to answer at all holds no exit up for longer than the limit, and the spans are counted as lost', async () => {
    const never = new Promise<void>(() => undefined)
    const producer = { ...fakeProducer([never]), disconnect: () => never }
    const { reporter, logged } = reporterOf({ kafka: { producer: () => producer } })
    reporter.report(spanNamed('a'))
    const start = Date.now()
    await reporter.close(50)
    expect(Date.now() - start).toBeLessThan(2000)
    expect(reporter.stats()).toMatchObject({ lost: 1, queued: 0 })
    expect(logged.at(-1)).toContain('1 spans lost: kafka topic zipkin did not take them')
  })

  test('has the bounds hold: what is over is dropped and counted', () => {
    const { reporter, logged } = reporterOf({ producer: fakeProducer(), maxSpans: 3 })
    for (let at = 0; at < 5; at++) reporter.report(spanNamed(`s${at}`))
    expect(reporter.stats()).toMatchObject({ accepted: 3, dropped: 2 })
    expect(logged).toEqual([expect.stringContaining('SPANS ARE BEING DROPPED')])
  })
})

test('an option that can’t be right is refused at the start by its name', () => {
  const producer = fakeProducer()
  expect(() => reporterOf({ producer, topic: 'a b' })).toThrow(/^topic must be/)
  expect(() => reporterOf({ producer, maxSpans: 0 })).toThrow(/^maxSpans must be/)
  expect(() => reporterOf(Object.assign({ producer }, { producer: {} }))).toThrow(/^producer must be/)
  expect(() => reporterOf(Object.assign({ producer }, { producer: undefined }))).toThrow(/kafka or producer/)
})
