// A process that ends: its last spans are sent, and it ends as it would have without us. Runs the built library.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Span } from '../index.ts'
import { closeAll, fakeCollector, listen } from '../testing/harness.ts'

const names = (posts: { spans: { name: string }[] }[]): string[] =>
  posts.flatMap((post) => post.spans.map((span) => span.name))

afterEach(closeAll)

describe('a process that ends', () => {
  const library = new URL('../dist/index.js', import.meta.url)

  /** Runs a script with a tracer in a process of its own. */
  const run = (
    collectorUrl: string,
    script: string,
    signalOn?: string,
  ): Promise<{ code: number | null; signal: string | null; out: string; took: number }> => {
    if (!existsSync(fileURLToPath(library))) throw new Error('build first: these tests run the built library')
    const options = {
      service: 'child',
      collectorUrl,
      intervalMs: 60_000,
      exitTimeoutMs: 1000,
    }
    const source = `import { createTracer, KafkaReporter } from ${JSON.stringify(library.href)}
      import { request, get } from 'node:http'
      const tracer = createTracer(${JSON.stringify(options)})
      tracer.withSpan('last words', () => undefined)
      ${script}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const start = Date.now()
    let out = ''
    const hear = (chunk: Buffer): void => {
      out += chunk.toString()
      if (signalOn && out.includes('ready')) child.kill(signalOn as NodeJS.Signals)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    return new Promise((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, out, took: Date.now() - start })),
    )
  }
  const FOREVER = `setInterval(() => undefined, 1000); console.log('ready')`

  test('by itself sends its last spans first', async () => {
    const collector = await fakeCollector()
    expect(await run(collector.url, '')).toMatchObject({ code: 0, signal: null, out: '' })
    expect(names(collector.posts)).toEqual(['last words'])
  })

  test.each(['SIGTERM', 'SIGINT'])(
    'by %s sends them, and ends by that signal as it would have',
    async (signal) => {
      const collector = await fakeCollector()
      expect(await run(collector.url, FOREVER, signal)).toMatchObject({ code: null, signal })
      expect(names(collector.posts)).toEqual(['last words'])
    },
  )

  test('by its own handler ends as that says, also when it listens once', async () => {
    const collector = await fakeCollector()
    const script = `process.once('SIGTERM', () => setTimeout(async () => { await tracer.close(); process.exit(7) }, 50));`
    expect(await run(collector.url, script + FOREVER, 'SIGTERM')).toMatchObject({ code: 7, signal: null })
    expect(names(collector.posts)).toEqual(['last words'])
  })

  test('by itself sends them where they are compressed first', async () => {
    const collector = await fakeCollector()
    let coding: string | undefined
    let sent: Span[] = []
    const port = await listen((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        coding = request.headers['content-encoding']
        sent = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as Span[]
        response.writeHead(202).end()
      })
    })
    const script = `createTracer({ service: 'big', collectorUrl: 'http://127.0.0.1:${port}', intervalMs: 60_000 })
      .withSpan('big', (span) => span.tag('text', 'x'.repeat(4000)))`
    expect(await run(collector.url, script)).toMatchObject({ code: 0, signal: null, out: '' })
    expect(coding).toBe('gzip')
    expect(sent.map((span) => span.name)).toEqual(['big'])
  })

  test('by itself sends them over Kafka too, and lets go of the producer that would keep it running', async () => {
    const collector = await fakeCollector()
    // As kafkajs: while it is connected, a timer checks on its requests.
    const script = `
      let timer
      const producer = {
        connect: async () => { timer = setInterval(() => undefined, 100) },
        send: async ({ messages }) => console.log(JSON.parse(messages[0].value)[0].name),
        disconnect: async () => clearInterval(timer),
      }
      const reporter = new KafkaReporter({ kafka: { producer: () => producer }, intervalMs: 60_000 })
      createTracer({ service: 'over-kafka', reporter }).withSpan('over Kafka', () => undefined)`
    const { took, ...ended } = await run(collector.url, script)
    expect(ended).toEqual({ code: 0, signal: null, out: 'over Kafka\n' })
    expect(took).toBeLessThan(1900)
  })

  test('with no collector is held up no longer than set, and says what was lost', async () => {
    const gone = await fakeCollector()
    await closeAll()
    const ended = await run(gone.url, '')
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('1 spans lost') })
    expect(ended.took).toBeLessThan(5000)
  })

  test('has its calls traced where it imported `get` and `request` by name', async () => {
    const collector = await fakeCollector()
    const seen: unknown[] = []
    const other = await listen((req, res) => {
      seen.push(req.headers['x-request-id'])
      res.end()
    })
    const script = `get('http://127.0.0.1:${other}/a', (res) => res.resume())
      request('http://127.0.0.1:${other}/b', (res) => res.resume()).end()`
    expect(await run(collector.url, script)).toMatchObject({ code: 0, out: '' })
    expect(seen).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)])
    expect(names(collector.posts).sort()).toEqual(['GET /a', 'GET /b', 'last words'])
  })

  // As signal-exit does: it ends the process at a signal only when no one listens but itself.
  const ONLY_ALONE = `const only = (signal) => {
    if (process.listenerCount(signal) > 1) return
    process.off(signal, only)
    process.kill(process.pid, signal)
  }
  process.on('SIGTERM', only);`

  test.each(['before', 'after'])(
    'by a library that ends it only when listening alone is ended by it, loaded %s ours',
    async (when) => {
      const collector = await fakeCollector()
      const ours = `const tracer2 = createTracer({ service: 'second', collectorUrl: '${collector.url}' });`
      const script = when === 'before' ? `await tracer.close(); ${ONLY_ALONE} ${ours}` : ONLY_ALONE
      expect(await run(collector.url, script + FOREVER, 'SIGTERM')).toMatchObject({
        code: null,
        signal: 'SIGTERM',
      })
    },
  )

  test.each(['SIGTERM', 'SIGINT'])('by %s ends with two copies of this package in it', async (signal) => {
    const collector = await fakeCollector()
    const copy = new URL('?second', library)
    const script = `const second = await import(${JSON.stringify(copy.href)})
      new second.HttpReporter();`
    expect(await run(collector.url, script + FOREVER, signal)).toMatchObject({ code: null, signal })
    expect(names(collector.posts)).toEqual(['last words'])
  })
})
