// Options that can't be right, and those that there are none of, are refused where they are given.
import { describe, expect, test } from '@jest/globals'
import {
  ConsoleReporter,
  createTracer,
  HttpReporter,
  KafkaReporter,
  type KafkaReporterOptions,
  type TracerOptions,
} from './index.ts'
import { tracerOf } from './testing/services.ts'

describe('an option that can’t be right', () => {
  const numbers = [
    'maxSpans',
    'maxBytes',
    'batchSpans',
    'batchBytes',
    'timeoutMs',
    'backoffMs',
    'maxBackoffMs',
  ]
  const wrong: [string, unknown][] = [
    ...numbers.flatMap((name) =>
      [NaN, -1, 0, 1.5, Infinity, '5'].map((value): [string, unknown] => [name, value]),
    ),
    ...['intervalMs', 'exitTimeoutMs'].flatMap((name) =>
      [NaN, -1, 2 ** 31].map((value): [string, unknown] => [name, value]),
    ),
    ...[0, 99_999, -1, '80'].map((value): [string, unknown] => ['port', value]),
    ['service', 'a b'],
    ['service', undefined],
    ['host', 'a b'],
    ['sampleRate', 2],
    ['sampleRate', NaN],
    ['sampleRate', '1'],
    ['collectorUrl', 'ftp://x'],
    ['collectorUrl', 'nowhere'],
    ['peers', { db: 5 }],
    ['log', 'console'],
    ['now', 5],
    ['propagateTo', true],
    ['enableHttpTracing', 'no'],
    ['propagator', {}],
    ['reporter', {}],
    ['headers', 'authorization'],
    ['headers', { 'a b': 'x' }],
    ['headers', { authorization: 'secret\n' }],
    ['headers', { authorization: undefined }],
  ]
  const optionsWith = (name: string, value: unknown): TracerOptions =>
    Object.assign({ service: 'a' }, { [name]: value })

  test.each(wrong)('is refused at the start by its name: %s %p', (name, value) => {
    const made = (): unknown => createTracer(optionsWith(name, value))
    expect(made).toThrow(TypeError)
    expect(made).toThrow(new RegExp(`^${name}`))
    expect(made).not.toThrow(/secret/)
  })

  test('is told with its value, but for the password of a URL', () => {
    expect(() => createTracer({ service: 'a', port: 99_999 })).toThrow(
      'port must be a whole number from 1 to 65535, not 99999',
    )
    expect(() => createTracer({ service: 'a', collectorUrl: 'ftp://me:secret@x' })).toThrow(/'ftp:\/\/…@x'/)
    expect(() => createTracer(optionsWith('headers', { 'a b': 'x' }))).toThrow(
      /^headers\['a b'\] can't be sent/,
    )
    for (const password of ['a/b', 'a@b', 'a//b/', 'a?b#c'])
      expect(() => createTracer({ service: 'a', collectorUrl: `ftp://me:${password}@x` })).toThrow(
        /'ftp:\/\/…@x'/,
      )
  })

  test('is one that there is not: the nearest that there is is told', () => {
    for (const [name, message] of [
      ['trustinbound', 'trustinbound is no option: is trustInbound meant?'],
      ['trustInBoud', 'trustInBoud is no option: is trustInbound meant?'],
      ['redacted', 'redacted is no option: is redact meant?'],
      ['colour', 'colour is no option'],
      ['x', 'x is no option'],
      ['topic', 'topic is no option'],
    ] as const) {
      const made = (): unknown => createTracer(optionsWith(name, 'never'))
      expect(made).toThrow(TypeError)
      expect(made).toThrow(new RegExp(`^${message.replace('?', '\\?')}$`))
      expect(() => tracerOf('a', { [name]: undefined })).not.toThrow()
    }
    expect(() => createTracer(optionsWith('k'.repeat(100_000), 1))).toThrow(/^k{64} is no option$/)
    expect(() => new HttpReporter({ intervalMS: 5 } as object)).toThrow(
      'intervalMS is no option: is intervalMs meant?',
    )
    expect(() => new ConsoleReporter({ maxSpan: 5 } as object)).toThrow(
      'maxSpan is no option: is maxSpans meant?',
    )
    const kafka = { producer: () => undefined }
    expect(() => new KafkaReporter({ kafka, topik: 't' } as unknown as KafkaReporterOptions)).toThrow(
      'topik is no option: is topic meant?',
    )
  })

  test('leaves nothing behind: no listener of the process', () => {
    const listeners = (): number[] =>
      ['SIGTERM', 'SIGINT', 'beforeExit'].map((name) => process.listenerCount(name))
    const before = listeners()
    const there = { type: 'counter', labels: () => undefined, labelNames: [] }
    const metrics = { Histogram: () => undefined, register: { getSingleMetric: () => there } }
    expect(() => createTracer(optionsWith('metrics', metrics))).toThrow(/^metrics has a metric/)
    expect(listeners()).toEqual(before)
  })

  test('is refused by a reporter made by hand too', () => {
    expect(() => new HttpReporter({ maxSpans: NaN })).toThrow('maxSpans must be a whole number')
  })

  test('is none at the edges', async () => {
    const edges = { intervalMs: 0, exitTimeoutMs: 0, maxSpans: 1, backoffMs: 1, port: 65_535, sampleRate: 0 }
    await tracerOf('a', edges).close()
  })
})
