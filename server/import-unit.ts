// What an import sends: the smallest part of a file that a server takes by itself.

export type Dialect = 'zipkin' | 'zipkin-v1' | 'otlp'

/** What stands or falls as one: a span, or a ResourceSpans of several. */
export interface Unit {
  readonly dialect: Dialect
  /** JSON. */
  readonly json: Uint8Array
  readonly spans: number
  /** Where it is from, such as `all.ndjson, line 3`. */
  readonly place: string
}
