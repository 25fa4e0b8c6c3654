// The tracer as the service sees it: it never throws into the service.
import { describe, expect, test } from '@jest/globals'
import { type Context, currentContext, runWithContext } from './index.ts'
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

  test('gives a promise with properties of its own as it is; of others one that settles alike', async () => {
    // Another one: what gave back the promise it watches would handle the rejections that nobody handles.
    const tracer = tracerOf('a')
    const request = Object.assign(Promise.resolve(1), { json: () => 1 })
    expect(tracer.withSpan('x', () => request)).toBe(request)
    expect(await tracer.withSpan('x', () => Promise.resolve(1))).toBe(1)
  })

  test('bounds the name of the other end, whoever is told to be it', () => {
    tracerOf('a').withSpan('x', () => undefined, { remoteService: 's'.repeat(100_000) })
    expect(spans()[0]?.remoteEndpoint?.serviceName).toHaveLength(256)
  })

  test('leaves the request id to the library', () => {
    tracerOf('a').withSpan(
      'x',
      (span) => {
        span.tag('request_id', 'other')
        expect(span.context.requestId).not.toBe('other')
      },
      { tags: { request_id: 'other' } },
    )
    const [span] = spans()
    expect(span?.tags['request_id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('of a context made by hand reports no span without ids, and no request id beyond its bound', () => {
    const logged: string[] = []
    const tracer = tracerOf('a', { log: (line) => logged.push(line) })
    const right = { requestId: 'r', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true }
    const inside = (wrong: object): unknown =>
      runWithContext({ ...right, ...wrong }, () => tracer.withSpan('x', () => 1))
    for (const id of ['', 'x', 'g'.repeat(16), 'a'.repeat(100_000), 7, null, {}, undefined]) {
      expect(inside({ traceId: id })).toBe(1)
      expect(inside({ spanId: id === undefined ? null : id })).toBe(1)
    }
    runWithContext({ ...right, traceId: 'g'.repeat(32) }, () =>
      tracer.withSpan('outer', () => tracer.withSpan('inner', () => 1)),
    )
    expect(spans()).toEqual([])
    expect(logged).toEqual([expect.stringContaining('ids')])
    for (const nothing of ['x', 7, null])
      expect(runWithContext(nothing as unknown as Context, () => tracer.withSpan('x', () => 1))).toBe(1)
    spans().splice(0)
    inside({ requestId: 'r'.repeat(129) })
    inside({ requestId: 7 })
    inside({})
    expect(spans().map(({ tags }) => tags['request_id'])).toEqual([undefined, undefined, 'r'])
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

  test('in a reporter that is async is told of, and no unhandled rejection', async () => {
    const heard: string[] = []
    // As plain JavaScript may have it. Jest fails a test with a rejection that nobody handles.
    const report = (): unknown => Promise.reject(new Error('report is broken'))
    const tracer = tracerOf('a', {
      reporter: { ...inMemory(), report: report as () => void },
      log: (line) => heard.push(line),
    })
    tracer.withSpan('x', () => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual([expect.stringContaining('report is broken')])
  })

  test('does not come of a getter in the tags', () => {
    const tags = { a: 1, get b(): string { return broken('tag')() } } // prettier-ignore
    expect(tracerOf('a', { log: () => undefined }).withSpan('x', () => 1, { tags })).toBe(1)
    expect(spans().map((span) => span.name)).toEqual(['x'])
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
