// Many spans, a collector that is away for part of the time: what the process holds is bounded, and all is accounted for.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from '@jest/globals'
import { closeAll, listen, spanNamed } from '../testing/harness.ts'

const SPANS = 200_000
const ROUND = 2000
/** By its number, what comes of a post: away for a while, then overloaded for a while. */
const away = (post: number): boolean => post >= 60 && post < 90
const overloaded = (post: number): boolean => post >= 150 && post < 180

const library = new URL('../dist/index.js', import.meta.url)

afterEach(closeAll)

test('the heap is flat over 200,000 spans and an outage, and every span is accounted for', async () => {
  let posts = 0
  const port = await listen((request, response) => {
    const post = posts++
    if (away(post)) return void request.socket.destroy()
    request.resume().on('end', () => response.writeHead(overloaded(post) ? 503 : 202).end())
  })
  const script = `
    import { HttpReporter } from ${JSON.stringify(library.href)}
    const reporter = new HttpReporter({
      collectorUrl: 'http://127.0.0.1:${port}', intervalMs: 50, backoffMs: 2, maxBackoffMs: 10, maxBytes: 2 * 2 ** 20, log: () => undefined,
    })
    const heaps = []
    let held = 0
    for (let round = 0; round < ${SPANS / ROUND}; round++) {
      for (let at = 0; at < ${ROUND}; at++) {
        reporter.report({ ...${JSON.stringify(spanNamed('s'))}, tags: { round: 'r' + round, at: 'a' + at, text: 'x'.repeat(200) } })
      }
      await reporter.flush(40)
      held = Math.max(held, process.memoryUsage().arrayBuffers)
      if (round % 10 === 9) {
        gc()
        heaps.push(process.memoryUsage().heapUsed)
      }
    }
    await reporter.flush(10_000)
    let idle = Infinity
    for (let tries = 0; tries < 500 && idle > 100_000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      gc()
      idle = process.memoryUsage().arrayBuffers
    }
    await reporter.close()
    gc()
    console.log(JSON.stringify({ heaps, held, idle, stats: reporter.stats() }))`
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  expect(await once(child, 'close')).toEqual([0, null])
  const { heaps, held, idle, stats } = JSON.parse(out) as {
    heaps: number[]
    held: number
    idle: number
    stats: Record<string, number>
  }
  expect(posts).toBeGreaterThan(180)
  expect(stats).toMatchObject({ queued: 0, queuedBytes: 0, refused: 0, lost: 0 })
  expect(stats['sent']).toBe(stats['accepted'])
  expect((stats['accepted'] ?? 0) + (stats['dropped'] ?? 0)).toBe(SPANS)
  expect(stats['dropped']).toBeGreaterThan(0)
  expect(stats['retries']).toBeGreaterThanOrEqual(60)
  // The first rounds compile and warm up; spans that stay would be 50 MB.
  const [, first = 0, ...later] = heaps
  expect(Math.max(...later) - first).toBeLessThan(2e6)
  // The queue, the two buffers that take turns, and a body compressed: never all that was reported in an outage.
  expect(held).toBeLessThan(8e6)
  expect(idle).toBeLessThan(100_000)
})
