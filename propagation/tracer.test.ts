// The tracer as the service sees it: refuses what can't be right at the start, and never throws into the service later.
import { describe, expect, test } from '@jest/globals'
import { createTracer, currentContext, HttpReporter, type TracerOptions } from './index.ts'
import { inMemory, listen } from './testing/harness.ts'
import { spans, tracerOf, untraced } from './testing/services.ts'

describe('withSpan', () => {
  test('nests, tags, and rethrows what it recorded, now or later', async () => {
    const tracer = tracerOf('a')
    const result = await tracer.withSpan(
      'outer',
      async (outer) => {
        outer.tag('rows', 3)
        outer.annotate('halfway')
        return tracer.withSpan('inner', () => currentContext()?.parentSpanId === outer.context.spanId)
      },
      { kind: 'CLIENT', remoteService: 'DB', tags: { sql: 'select' } },
    )
    expect(result).toBe(true)
    const thrown = new Error('no')
    expect(() =>
      tracer.withSpan('sync', () => {
        throw thrown
      }),
    ).toThrow(thrown)
    await expect(tracer.withSpan('async', () => Promise.reject(thrown))).rejects.toBe(thrown)
    expect(spans().map((span) => [span.name, span.tags['outcome'], span.tags['error']])).toEqual([
      ['inner', 'success', undefined],
      ['outer', 'success', undefined],
      ['sync', 'error', 'no'],
      ['async', 'error', 'no'],
    ])
    expect(spans()[1]).toMatchObject({
      kind: 'CLIENT',
      remoteEndpoint: { serviceName: 'db' },
      annotations: [{ value: 'halfway' }],
      tags: { rows: '3', sql: 'select' },
    })
  })

  test('takes the time from the now option, and bounds what it is given', () => {
    const tracer = tracerOf('a', { now: () => 42 })
    tracer.withSpan('n'.repeat(1000), (span) => {
      for (let at = 0; at < 1000; at++) span.tag(`k${at}`, 'v'.repeat(10_000))
    })
    const [span] = spans()
    expect(span?.timestamp).toBe(42)
    expect(span?.name).toHaveLength(256)
    expect(Object.keys(span?.tags ?? {}).length).toBeLessThanOrEqual(66)
    expect(span?.tags['outcome']).toBe('success')
    expect(JSON.stringify(span).length).toBeLessThan(300_000)
  })

  test('runs a lazy query once, inside the span, and gives what it gave', async () => {
    const tracer = tracerOf('a')
    const ran: (string | undefined)[] = []
    // As the query builders of knex and mongoose: run by `then`, each time.
    const query = (fails: boolean) => ({
      // oxlint-disable-next-line unicorn/no-thenable
      then: <A, B>(ok: (rows: number) => A, no: (error: unknown) => B): Promise<A | B> => {
        ran.push(currentContext()?.spanId)
        return (fails ? Promise.reject(new Error('no table')) : Promise.resolve(3)).then(ok, no)
      },
    })
    const rows = tracer.withSpan('select', () => query(false))
    expect(await rows).toBe(3)
    expect(await rows).toBe(3)
    await expect(tracer.withSpan('drop', () => query(true))).rejects.toThrow('no table')
    expect(ran).toEqual(spans().map((span) => span.id))
    expect(spans().map((span) => span.tags['error'])).toEqual([undefined, 'no table'])
  })

  test('gives a native promise as it is', async () => {
    const promise = Promise.resolve(1)
    expect(tracerOf('a').withSpan('x', () => promise)).toBe(promise)
    await promise
  })
})

describe('a fault of tracing', () => {
  const broken = (what: string) => (): never => {
    throw new Error(`${what} is broken`)
  }

  test('in a reporter, a clock and a log reaches no span, no promise, no request', async () => {
    const heard: string[] = []
    const { warn } = console
    console.warn = (message: string) => void heard.push(message)
    try {
      const tracer = tracerOf('a', {
        reporter: { ...inMemory(), report: broken('report') },
        now: broken('now'),
        log: broken('log'),
      })
      expect(tracer.withSpan('sync', (span) => (span.annotate('x'), 1))).toBe(1)
      expect(await tracer.withSpan('async', () => Promise.resolve(2))).toBe(2)
      await expect(tracer.withSpan('failing', () => Promise.reject(new Error('own')))).rejects.toThrow('own')
      const handle = tracer.middleware()
      const port = await listen((req, res) => handle(req, res, () => void res.end('served')))
      expect((await untraced(port, '/')).body).toBe('served')
    } finally {
      console.warn = warn
    }
    expect(heard).toEqual([expect.stringContaining('now is broken')])
  })

  test('does not come of what plain JavaScript passes in', () => {
    const tracer = tracerOf('a')
    const nothing: unknown = Object.create(null)
    const thrown = Object.defineProperty(new Error('x'), 'message', { get: broken('message') })
    // As JavaScript sees it: no types.
    const run = tracer.withSpan as (name: unknown, fn: (span: Plain) => unknown, options?: unknown) => unknown
    interface Plain {
      tag(key: unknown, value: unknown): void
      annotate(value: unknown): void
    }
    run(5, (span) => {
      span.tag('k', nothing)
      span.tag(nothing, Symbol('s'))
      span.tag(7, undefined)
      span.annotate(5)
      span.annotate(nothing)
    })
    run(nothing, () => 1, null)
    run('peer', () => 1, { remoteService: 5 })
    let caught: unknown
    try {
      run('thrown', () => {
        throw thrown
      })
    } catch (error) {
      caught = error
    }
    expect(caught === thrown).toBe(true)
    expect(spans().map((span) => span.name)).toEqual(['5', '[object]', 'peer', 'thrown'])
    expect(spans()[0]).toMatchObject({
      tags: { k: '[object]', '[object]': 'Symbol(s)', 7: 'undefined' },
      annotations: [{ value: '5' }, { value: '[object]' }],
    })
  })
})

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
  })

  test('is refused by a reporter made by hand too', () => {
    expect(() => new HttpReporter({ maxSpans: NaN })).toThrow('maxSpans must be a whole number')
  })

  test('is none at the edges', async () => {
    const edges = { intervalMs: 0, exitTimeoutMs: 0, maxSpans: 1, backoffMs: 1, port: 65_535, sampleRate: 0 }
    await tracerOf('a', edges).close()
  })
})
