// A trace as Jaeger's JSON, which its older query API answers and Grafana reads: spans, and a table of their processes.
// Shape: Jaeger's internal/uimodel/model.go. Clocks are not corrected, as Jaeger does not by default.
import type { Span } from '@hopscope/model'
import { type JaegerTag, logFrom, referencesFrom, spanTagsFrom, tagsFrom } from './tags.ts'
import { withServerIds } from './span-ids.ts'
import type { OtlpResource, OtlpTime } from '../otlp/otlp.ts'
import { otlpFromSpan } from '../otlp/writer.ts'

export interface JaegerJsonOptions {
  /** As stored: a server's half keeps the id that it shares with its client's. */
  readonly raw?: boolean
}

/**
 * One JSON object.
 * @param spans of one trace, at least one
 */
export function encodeJaegerJson(spans: readonly Span[], { raw = false }: JaegerJsonOptions = {}): string {
  const processes = new Processes()
  const traceID = longestTraceId(spans)
  let list = ''
  for (const span of raw ? spans : withServerIds(spans))
    list += `${list === '' ? '' : ','}${JSON.stringify(jaegerSpan(span, traceID, processes))}`
  return `{"traceID":"${traceID}","spans":[${list}],"processes":${processes.json()},"warnings":null}`
}

/** With STRICT_TRACE_ID=false a trace may have spans under its id's lower half; readers expect one id. */
function longestTraceId(spans: readonly Span[]): string {
  let longest = ''
  for (const { traceId } of spans) if (traceId.length > longest.length) longest = traceId
  return longest
}

function jaegerSpan(span: Span, traceID: string, processes: Processes): object {
  const { resource, scope, span: otlp } = otlpFromSpan(span)
  const parentId = /^0*$/.test(otlp.parentSpanId) ? undefined : otlp.parentSpanId
  // Of the W3C's trace flags only eight bits are Jaeger's.
  const flags = otlp.flags & 0xff
  return {
    traceID,
    spanID: otlp.spanId,
    ...(flags !== 0 && { flags }),
    operationName: otlp.name,
    references: referencesFrom(otlp, traceID, parentId),
    startTime: otlp.start.micros,
    duration: wholeMicros(otlp.start, otlp.end),
    tags: spanTagsFrom(otlp, scope),
    logs: otlp.events.map(logFrom),
    processID: processes.idOf(resource, span),
    warnings: null,
  }
}

function wholeMicros(start: OtlpTime, end: OtlpTime): number {
  return Math.max(0, end.micros - start.micros - (end.nanos < start.nanos ? 1 : 0))
}

/** Jaeger's name for a process that doesn't say which service it is. */
const NO_SERVICE = 'missing-service-name'

/** Each different process once, as p1, p2, … in the order of appearance. */
class Processes {
  readonly #ids = new Map<string, string>()

  idOf(resource: OtlpResource, span: Span): string {
    let serviceName = NO_SERVICE
    const tags: JaegerTag[] = []
    for (const tag of tagsFrom(resource.attributes)) {
      if (tag.key === 'service.name') serviceName = String(tag.value)
      else tags.push(tag)
    }
    // Zipkin's local endpoint is the process's address; an OTLP resource says its own.
    if (span.otel === undefined) tags.push(...addressTags(span))
    const json = JSON.stringify({ serviceName, tags })
    let id = this.#ids.get(json)
    if (id === undefined) this.#ids.set(json, (id = `p${this.#ids.size + 1}`))
    return id
  }

  json(): string {
    let json = ''
    for (const [process, id] of this.#ids) json += `${json === '' ? '' : ','}"${id}":${process}`
    return `{${json}}`
  }
}

function addressTags({ localEndpoint }: Span): JaegerTag[] {
  const { ipv4, ipv6, port } = localEndpoint ?? {}
  const ip = ipv4 ?? ipv6
  const tags: JaegerTag[] = []
  if (ip !== undefined) tags.push({ key: 'ip', type: 'string', value: ip })
  if (port !== undefined) tags.push({ key: 'port', type: 'int64', value: port })
  return tags
}
