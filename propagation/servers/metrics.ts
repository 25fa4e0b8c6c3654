// Counts and times the requests served, by route, in the service's own prom-client.

/** prom-client's registry, as far as it is used here. */
interface MetricRegistry {
  getSingleMetric(name: string): unknown
}

interface HistogramChild {
  observe(value: number): void
}
interface HistogramOfLabels {
  labels(...values: string[]): HistogramChild
}

/**
 * prom-client as it is imported: known by its shape. With a registry of one's own:
 * `{ Histogram: client.Histogram, register: registry }`.
 */
export interface PromClient {
  readonly Histogram: new (configuration: {
    name: string
    help: string
    labelNames: string[]
    buckets: number[]
    /** Of prom-client's own type, which is none of ours to name. */
    registers: never[]
  }) => HistogramOfLabels
  readonly register: MetricRegistry
}

export interface ServedRequest {
  readonly method: string
  /** The template, `/orders/:id`; `undefined` where no route matched. Never a raw path. */
  readonly route?: string | undefined
  /** `undefined` where the request ended before there was one. */
  readonly status?: number | undefined
  /** The name of what was thrown, or `aborted`; from 500 the status stands in. */
  readonly errorType?: string | undefined
  readonly seconds: number
}

export interface ServerMetrics {
  /** One request that has ended, whether it was sampled or not. */
  observe(request: ServedRequest): void
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const NAME = 'http_server_request_duration_seconds'
const HELP = 'Duration of HTTP server requests.'
const LABELS = ['http_request_method', 'http_route', 'http_response_status_code', 'error_type']
/** Seconds: the boundaries that OpenTelemetry advises there. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

const OTHER = '_OTHER'
/** The first stands for all that is unknown. */
const METHODS = [OTHER, 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT']
const ERROR_TYPE_FORM = /^[\w.$:-]{1,64}$/
const STATUS_FORM = /^\d{3}$/
const MAX_ROUTE = 256
// Each is 17 lines of /metrics, held for ever.
const MAX_SERIES = 2000

/** Whether the option `metrics` can be right. */
export const isPromClient = (value: unknown): value is PromClient =>
  typeof value === 'object' &&
  value !== null &&
  'Histogram' in value &&
  typeof value.Histogram === 'function' &&
  'register' in value &&
  typeof value.register === 'object' &&
  value.register !== null &&
  'getSingleMetric' in value.register &&
  typeof value.register.getSingleMetric === 'function'

/** Options' text for what {@link isPromClient} wants. */
export const METRICS_MUST = 'prom-client, or its { Histogram, register }'

/** @throws TypeError where a metric of this name is there already and is not ours to add to. */
export const serverMetricsOf = (
  client: PromClient,
  {
    registry = client.register,
    buckets = BUCKETS,
  }: { registry?: MetricRegistry; buckets?: readonly number[] } = {},
): ServerMetrics => {
  const histogram = histogramOf(client, registry, buckets)
  // By route, method and status, type of error: made into one text, these cost as much as all that prom-client does.
  const known = new Map<string, Map<number, Map<string, HistogramChild>>>()
  let series = 0
  const childOf = (method: number, route: string, status: number, errorType: string): HistogramChild => {
    const code = status * METHODS.length + method
    const found = known.get(route)?.get(code)?.get(errorType)
    if (found) return found
    if (series >= MAX_SERIES) {
      // A router mounted on a path with parameters names a route for each of their values: no room for all of them.
      const type = overflowOf(errorType)
      if (route !== OTHER || type !== errorType) return childOf(method, OTHER, status, type)
    }
    series++
    const child = histogram.labels(METHODS[method] ?? OTHER, route, status ? String(status) : '', errorType)
    within(within(known, route), code).set(errorType, child)
    return child
  }
  return {
    observe({ method, route = '', status = 0, errorType = '', seconds }) {
      // prom-client throws at what is no number.
      if (!(seconds >= 0 && seconds < Infinity)) return
      childOf(
        Math.max(0, METHODS.indexOf(method)),
        route.length > MAX_ROUTE ? OTHER : route,
        status,
        errorTypeOf(errorType, status),
      ).observe(seconds)
    },
  }
}

/** The map in a map, made where there is none yet. */
const within = <K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> => {
  const found = maps.get(key)
  if (found) return found
  const made = new Map<L, V>()
  maps.set(key, made)
  return made
}

/** What OpenTelemetry calls low cardinality: the name of a class, a code; never a message. */
const errorTypeOf = (errorType: string, status: number): string => {
  if (errorType) return ERROR_TYPE_FORM.test(errorType) ? errorType : OTHER
  return status >= 500 ? String(status) : ''
}

/** Classes of errors may be as many as routes; statuses are few. */
const overflowOf = (errorType: string): string =>
  errorType === '' || errorType === 'aborted' || STATUS_FORM.test(errorType) ? errorType : OTHER

/** The one of the registry, where there is one: of another tracer in the process, or of this file before a reload. */
const histogramOf = (
  { Histogram }: PromClient,
  registry: MetricRegistry,
  buckets: readonly number[],
): HistogramOfLabels => {
  const there: unknown = registry.getSingleMetric(NAME)
  if (there === undefined)
    return new Histogram({
      name: NAME,
      help: HELP,
      labelNames: [...LABELS],
      buckets: [...buckets],
      registers: [registry] as never[],
    })
  if (isOurs(there)) return there
  throw new TypeError(`metrics has a metric ${NAME} already, and with other labels than ${LABELS.join(', ')}`)
}

const isOurs = (metric: unknown): metric is HistogramOfLabels =>
  typeof metric === 'object' &&
  metric !== null &&
  'labels' in metric &&
  typeof metric.labels === 'function' &&
  'type' in metric &&
  metric.type === 'histogram' &&
  'labelNames' in metric &&
  Array.isArray(metric.labelNames) &&
  metric.labelNames.join() === LABELS.join()
