// Spans as lines of JSON, to a stream that may be slow, or gone: neither reaches the service.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { Span } from '../index.ts'
import { spanNamed, until } from '../testing/harness.ts'
import { ConsoleReporter, type ConsoleReporterOptions } from './console-reporter.ts'

const reporterTo = (stream: Writable, options: ConsoleReporterOptions = {}) => {
  const logged: string[] = []
  const reporter = new ConsoleReporter({
    stream,
    intervalMs: 5,
    log: (line) => logged.push(line),
    ...options,
  })
  return { reporter, logged }
}
const library = new URL('../dist/index.js', import.meta.url)

describe('each span', () => {
  test('is a line of JSON, in order', async () => {
    const stream = new PassThrough()
    const { reporter } = reporterTo(stream, { batchSpans: 2 })
    const spans: Span[] = ['a', 'b\n"é"', 'c'].map((name) => ({ ...spanNamed(name), tags: { name } }))
    for (const span of spans) reporter.report(span)
    expect(await reporter.flush(5000)).toBe(true)
    await reporter.close()
    expect(String(stream.read())).toBe(spans.map((span) => `${JSON.stringify(span)}\n`).join(''))
    expect(reporter.stats()).toMatchObject({ accepted: 3, sent: 3, queued: 0, queuedBytes: 0 })
    expect(stream.listenerCount('error')).toBe(0)
  })

  test('goes by itself, and those that follow while it is written go after it', async () => {
    const lines: string[] = []
    const waiting: (() => void)[] = []
    const stream = new Writable({
      write: (chunk: Buffer, _, done) => {
        lines.push(chunk.toString())
        waiting.push(done)
      },
    })
    const { reporter } = reporterTo(stream, { intervalMs: 0 })
    for (const name of ['a', 'b', 'c']) reporter.report(spanNamed(name))
    expect(lines).toEqual([`${JSON.stringify(spanNamed('a'))}\n`])
    waiting.shift()?.()
    await until('the others', () => lines.length === 2)
    expect(lines[1]?.split('\n')).toHaveLength(3)
    waiting.shift()?.()
    await until('all is written', () => reporter.stats().sent === 3)
    await reporter.close()
  })
})

describe('a stream', () => {
  test('that takes no more has spans wait within the bounds, then dropped and counted', async () => {
    let done = (): void => undefined
    const stream = new Writable({ write: (_chunk, _encoding, written) => (done = written) })
    const { reporter, logged } = reporterTo(stream, { maxSpans: 10, batchSpans: 2, maxBytes: 1500 })
    for (let at = 0; at < 1000; at++) reporter.report(spanNamed('s'))
    const { accepted, dropped, queuedBytes } = reporter.stats()
    expect(accepted).toBeLessThanOrEqual(10)
    expect(accepted + dropped).toBe(1000)
    expect(queuedBytes).toBeLessThanOrEqual(1500)
    expect(stream.writableLength).toBeLessThanOrEqual(1500)
    expect(logged).toEqual([expect.stringContaining('SPANS ARE BEING DROPPED')])
    const before = Date.now()
    await reporter.close(20)
    expect(Date.now() - before).toBeLessThan(2000)
    expect(reporter.stats()).toMatchObject({ lost: accepted, queued: 0 })
    done()
  })

  test('that fails has its spans counted as refused, and ends no process', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    const { reporter, logged } = reporterTo(stream)
    for (const name of ['a', 'b']) {
      reporter.report(spanNamed(name))
      expect(await reporter.flush(5000)).toBe(true)
    }
    expect(reporter.stats()).toMatchObject({ refused: 2, sent: 0, retries: 0 })
    expect(logged).toEqual([expect.stringContaining('the stream refused 1 spans, not sent again: EPIPE')])
    await reporter.close()
  })

  test('that throws is no one’s fault but its own', async () => {
    const stream = Object.assign(new PassThrough(), {
      write: () => {
        throw new Error('a broken stream')
      },
    })
    const { reporter, logged } = reporterTo(stream)
    expect(() => reporter.report(spanNamed('a'))).not.toThrow()
    await reporter.flush(50)
    await reporter.close(50)
    expect(reporter.stats()).toMatchObject({ refused: 1 })
    expect(logged[0]).toContain('a broken stream')
  })

  const run = (script: string) =>
    spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { ConsoleReporter } from ${JSON.stringify(library.href)}
         const span = (name) => ({ ...${JSON.stringify(spanNamed(''))}, name })
         const reporter = new ConsoleReporter({ log: (line) => process.stderr.write(line + '\\n') })
         ${script}`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )

  test('of a process that ends has its last spans first', async () => {
    const child = run(`reporter.report(span('a')); reporter.report(span('b'))`)
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    expect(await once(child, 'close')).toEqual([0, null])
    expect(out.split('\n').map((line) => line && (JSON.parse(line) as Span).name)).toEqual(['a', 'b', ''])
  })

  test('whose reader went away does not take the service with it', async () => {
    const child = run(`
      process.stderr.write('ready\\n')
      for (;;) {
        reporter.report(span('x'))
        await reporter.flush(1000)
        if (reporter.stats().refused > 1) break
      }
      setTimeout(() => process.stderr.write('alive ' + reporter.stats().refused), 20)`)
    let heard = ''
    child.stderr.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
      if (heard.includes('ready')) child.stdout.destroy()
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(heard).toMatch(/EPIPE[^]*alive 2$/)
  })

  test('whose reader is slow is given no more than the bounds', async () => {
    const child = run(`
      for (let at = 0; at < 100_000; at++) reporter.report(span('x'))
      const { accepted, dropped } = reporter.stats()
      process.stderr.write(accepted + dropped + ' ' + (process.stdout.writableLength < 9e6))
      await reporter.close(50)
      process.exit()`)
    let heard = ''
    child.stderr.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    await until('it said', () => heard.includes('100000 true'))
    child.stdout.resume()
    expect(await once(child, 'close')).toEqual([0, null])
  })
})

test('an option that can’t be right is refused at the start by its name', () => {
  expect(() => new ConsoleReporter({ maxSpans: 0 })).toThrow(/^maxSpans must be/)
})
