// Spans to OTLP/JSON: exports, and the answers of Jaeger's /api/v3. A span that came by OTLP leaves as it came.
// Ids are as stored: halves of one Zipkin span share theirs, as they do in what the Collector's Zipkin receiver makes.
import type { Span } from '@hopscope/model'
import { type OtlpParts, otlpFromDetail } from './detail.ts'
import { otlpFromForeign } from './foreign.ts'
import {
  type OtlpResourceSpansObject,
  type OtlpScopeSpansObject,
  type OtlpSpanObject,
  resourceObject,
  scopeObject,
  spanObject,
} from './objects.ts'

/** What stands around the items of a TracesData's only list. */
export const TRACES_DATA = { head: '{"resourceSpans":[', tail: ']}' } as const

/** A TracesData, `{"resourceSpans":[…]}`. */
export function encodeOtlpJson(spans: readonly Span[]): string {
  return JSON.stringify({ resourceSpans: resourceSpansFrom(spans) })
}

/** One span with its resource and scope, whatever format it came in. */
export function otlpFromSpan(span: Span): OtlpParts {
  return span.otel === undefined ? otlpFromForeign(span) : otlpFromDetail(span, span.otel)
}

/** Spans of one resource and scope stand together, all in the order in which they first appear. To be given to JSON.stringify. */
export function resourceSpansFrom(spans: readonly Span[]): OtlpResourceSpansObject[] {
  const resourceSpans: OtlpResourceSpansObject[] = []
  const scopesOf = new Map<string, OtlpScopeSpansObject[]>()
  const spansOf = new Map<string, OtlpSpanObject[]>()
  for (const stored of spans) {
    const { resource, scope, span } = otlpFromSpan(stored)
    const resourceKey = JSON.stringify(resource)
    let scopeSpans = scopesOf.get(resourceKey)
    if (scopeSpans === undefined) {
      scopeSpans = []
      scopesOf.set(resourceKey, scopeSpans)
      resourceSpans.push({
        resource: resourceObject(resource),
        scopeSpans,
        ...schemaMember(resource.schemaUrl),
      })
    }
    const scopeKey = resourceKey + JSON.stringify(scope)
    let group = spansOf.get(scopeKey)
    if (group === undefined) {
      group = []
      spansOf.set(scopeKey, group)
      scopeSpans.push({ scope: scopeObject(scope), spans: group, ...schemaMember(scope.schemaUrl) })
    }
    group.push(spanObject(span))
  }
  return resourceSpans
}

function schemaMember(schemaUrl: string): { readonly schemaUrl?: string } {
  return schemaUrl === '' ? {} : { schemaUrl }
}
