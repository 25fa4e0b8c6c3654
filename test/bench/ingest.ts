// How many spans a second one process takes in over HTTP, each durable before its post is answered.
import { statSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startServer } from '../support/server-process.ts'
import { load } from './load.ts'
import { residentMegabytes } from './process-memory.ts'
import { quantile, Report } from './report.ts'

export async function ingest(spans: number): Promise<void> {
  const report = new Report('ingest')
  const server = await startServer()
  try {
    report.figure('idle memory', residentMegabytes(server.pid) ?? Number.NaN, 'MB')
    const {
      seconds,
      latencies,
      bytesPerSpan,
      spans: sent,
    } = await load({ url: server.url, spans, spansPerPost: 500, connections: 16 })
    report.figure('spans', sent, 'spans')
    report.figure('body bytes a span', bytesPerSpan, 'B')
    report.figure('durable spans a second', sent / seconds, 'spans/s')
    report.figure('post p50', quantile(latencies, 0.5), 'ms')
    report.figure('post p99', quantile(latencies, 0.99), 'ms')
    report.figure('post max', latencies.at(-1) ?? Number.NaN, 'ms')
    report.figure('memory after load', residentMegabytes(server.pid) ?? Number.NaN, 'MB')
    await server.stop()
    const disk = readdirSync(server.dataDir).reduce(
      (sum, name) => sum + statSync(join(server.dataDir, name)).size,
      0,
    )
    report.figure('disk a span', disk / sent, 'B')
    const started = performance.now()
    const again = await startServer({ dataDir: server.dataDir })
    report.figure('start with these spans', performance.now() - started, 'ms')
    await new Promise((resolve) => setTimeout(resolve, 3000))
    report.figure('idle memory with these spans', residentMegabytes(again.pid) ?? Number.NaN, 'MB')
    await again.stop()
  } finally {
    await server.stop('SIGKILL')
  }
  report.save()
}
