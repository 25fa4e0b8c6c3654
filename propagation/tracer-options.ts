// What a service can say when it makes its tracer.
import type { Now } from './context/clock.ts'
import type { FormatOptions } from './formats/formats.ts'
import type { Propagator } from './formats/propagator.ts'
import type { TrustInbound } from './formats/trust.ts'
import type { SpanReporter } from './reporter/batch-reporter.ts'
import type { ReporterOptions } from './reporter/batch-options.ts'
import type { PromClient } from './servers/metrics.ts'
import type { RecordOptions } from './servers/recorded-values.ts'
import type { SampleRule } from './spans/sampling.ts'

export interface TracerOptions extends ReporterOptions {
  /** This service's name: 1 to 128 of `A-Z a-z 0-9 _ . : / + @ -`. */
  service: string
  /** How others reach this service; told to those it calls. Default: the machine's name, the port first served on. */
  host?: string
  port?: number
  /** Names of called services that don't say theirs, by `host:port` or `host`. */
  peers?: Readonly<Record<string, string>>
  /** Whether a call to `host:port` is given headers; default all. For calls that leave the house. */
  propagateTo?: (hostAndPort: string) => boolean
  /** Trace calls made with `http`, `https` and `fetch`. Default true. */
  enableHttpTracing?: boolean
  /** Header formats read and written. Default: all read; `x` (X-Trace-ID and its like), `w3c` and `baggage` written. */
  formats?: FormatOptions
  /** Whose ids, sampling, tracestate, baggage and peer headers are kept. Default `always`. */
  trustInbound?: TrustInbound
  /** A header format of your own, instead of `formats`. */
  propagator?: Propagator
  /** Share of new traces recorded, 0 to 1; a decision made upstream is kept. Default 1. */
  sampleRate?: number
  /** At most so many new traces a second in this process, after `sampleRate`. Default: no limit. */
  samplesPerSecond?: number
  /** By method and path; the first that fits decides alone. */
  sampleRules?: readonly SampleRule[]
  /** Keep the spans of unsampled requests until they end, and report them if one failed, whoever decided. Default false. */
  keepErrors?: boolean
  /** Spans kept of one request (200), and bytes, about, of all (8 MiB; an eighth of it for one request). */
  keepMaxSpans?: number
  keepMaxBytes?: number
  /** Query parameters, headers and body fields to record; nothing by default. */
  record?: RecordOptions
  /** Names of tags whose values become `[redacted]`, besides the default list. */
  redact?: readonly (string | RegExp)[]
  /** prom-client, or `{ Histogram, register }` with a registry of yours: times every request served, by route. */
  metrics?: PromClient
  /** Epoch microseconds; for tests and demonstrations. */
  now?: Now
  /** Where spans go instead of to the collector. */
  reporter?: SpanReporter
}
