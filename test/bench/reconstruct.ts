// How fast stored spans become explained traces: tree, clock skew, hops and critical path. Every round reads its spans
// from JSON again, as a store's reader does, so that no round profits from what an earlier one computed of the same texts.
import { reconstruct as explain, type Trace } from '@hopscope/model'
import {
  randomFrom,
  randomTrace,
  serviceTrace,
  SHAPE_NAMES,
  shapedTrace,
  type TraceShape,
} from '@hopscope/model/testing'
import { decodeZipkinV2Json, encodeZipkinV2Json } from '@hopscope/proto'
import { quantile, Report } from './report.ts'

const ROUNDS = 15
/** Rounds until the code is compiled as it will be; not counted. */
const WARM_UP = 3
const SPANS_PER_SMALL_TRACE = 8
const SEED = 20_240_229

/** `spans` in each big trace, and in all small ones together. */
export function reconstruct(spans: number): void {
  const report = new Report('reconstruct')
  const shape: TraceShape = { spans, random: randomFrom(SEED) }
  report.figure('spans in each big trace', spans, 'spans')
  const small = Array.from({ length: Math.ceil(spans / SPANS_PER_SMALL_TRACE) }, () =>
    serviceTrace({ ...shape, spans: SPANS_PER_SMALL_TRACE }),
  )
  const shapes: [name: string, traces: readonly Trace[]][] = [['traces of 8 spans', small]]
  for (const name of SHAPE_NAMES) shapes.push([`one trace, ${name}`, [shapedTrace(name, shape)]])
  shapes.push(['one trace, random', [randomTrace(shape)]])
  for (const [name, traces] of shapes) {
    const times = timesOf(traces)
    const median = quantile(times, 0.5)
    if (traces.length === 1) report.figure(`${name}, median`, median, 'ms')
    if (traces.length === 1) report.figure(`${name}, slowest`, times.at(-1) ?? Number.NaN, 'ms')
    report.figure(name, (spans * 1000) / median, 'spans/s')
  }
  report.save()
}

/** Milliseconds, ascending. */
function timesOf(traces: readonly Trace[]): number[] {
  const stored = traces.map(({ traceId, spans }) => ({
    traceId,
    json: Buffer.from(encodeZipkinV2Json(spans)),
  }))
  const times: number[] = []
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const read = stored.map(({ traceId, json }) => ({ traceId, spans: decodeZipkinV2Json(json).spans }))
    const started = performance.now()
    let rows = 0
    for (const trace of read) rows += explain(trace).spans.length
    const time = performance.now() - started
    if (rows === 0) throw new Error('a trace was lost')
    if (round >= WARM_UP) times.push(time)
  }
  return times.sort((a, b) => a - b)
}
