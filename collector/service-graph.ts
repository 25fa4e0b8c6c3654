// The calls between services, counted as spans come in: each is paired in memory from what its two sides report.
// The rules, names and limits are those of the service-graphs processor of Tempo's metrics-generator.
import { isError, remoteServiceOf, serviceOf, type Span, tagOf } from '@hopscope/model'
import { labelFrom, type Labels, LimitedSeries } from './label-limit.ts'
import { Durations, ReadCounter, ReadHistogram } from './span-metrics-exposition.ts'

const CONNECTIONS = ['', 'messaging_system', 'database', 'virtual_node'] as const
type Connection = (typeof CONNECTIONS)[number]

/** Microseconds: 0.1 s, doubled up to 12.8 s. */
const BOUNDS = Array.from({ length: 8 }, (_, power) => 100_000 * 2 ** power)

const DATABASE_KEYS = ['db.namespace', 'db.name', 'db.system', 'db.system.name'] as const

export interface ServiceGraphOptions {
  /** Label sets, at most. */
  readonly series: number
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number
  /** How long one side waits for the other, in milliseconds. */
  readonly wait: number
  /** How many may wait at a time. */
  readonly waiting: number
}

/** What one side of a call reports. */
interface Side {
  readonly id: string
  /** CLIENT or PRODUCER. */
  readonly calls: boolean
  readonly service: string
  readonly remote: string | undefined
  /** Microseconds. */
  readonly duration: number | undefined
  readonly failed: boolean
  readonly messaging: boolean
  readonly expires: number
}

interface Edge {
  readonly labels: Labels
  calls: number
  failed: number
  readonly client: Durations
  readonly server: Durations
}

export class ServiceGraph {
  readonly #options: ServiceGraphOptions
  readonly #edges: LimitedSeries<Edge>
  /** By trace and id of the calling span; all wait equally long, so that they expire in the order of this map. */
  readonly #waiting = new Map<string, Side>()
  #unpaired = 0
  #dropped = 0

  constructor(options: ServiceGraphOptions) {
    this.#options = options
    this.#edges = new LimitedSeries(
      options.series,
      (client, server, connection) => ({ client, server, connection_type: CONNECTIONS[connection] ?? '' }),
      (labels) => ({
        labels,
        calls: 0,
        failed: 0,
        client: new Durations(BOUNDS),
        server: new Durations(BOUNDS),
      }),
    )
  }

  /** @param now of the clock of the options */
  add(span: Span, now: number): void {
    const { id, kind, shared, parentId, traceId, duration } = span
    const service = serviceOf(span)
    if (kind === undefined || service === undefined) return
    const calls = kind === 'CLIENT' || kind === 'PRODUCER'
    const remote = remoteServiceOf(span)
    if (calls) {
      const database = databaseOf(span)
      if (database !== undefined)
        return this.#count(service, remote ?? database, 'database', isError(span), duration, duration)
    }
    const calling = calls || shared ? id : parentId
    if (calling === undefined)
      return this.#count(remote ?? 'user', service, 'virtual_node', isError(span), undefined, duration)
    this.#pair(traceId + calling, {
      id,
      calls,
      service: labelFrom(service),
      remote: remote === undefined ? undefined : labelFrom(remote),
      duration,
      failed: isError(span),
      messaging: kind === 'PRODUCER' || kind === 'CONSUMER',
      expires: now + this.#options.wait,
    })
  }

  /** Gives up on what has waited long enough. */
  expire(now: number): void {
    for (const [key, side] of this.#waiting) {
      if (side.expires > now) return
      this.#waiting.delete(key)
      const { calls, service, remote, failed, duration } = side
      if (calls && remote !== undefined)
        this.#count(service, remote, 'virtual_node', failed, duration, undefined)
      else this.#unpaired++
    }
  }

  get overflowed(): number {
    return this.#edges.overflowed
  }

  metrics() {
    const all = () => {
      this.expire(this.#options.now())
      return this.#edges.all()
    }
    return [
      new ReadCounter(
        {
          name: 'traces_service_graph_request_total',
          help: 'Calls between two services, by the spans stored',
        },
        () => all().map(({ labels, calls }) => ({ labels, value: calls })),
      ),
      new ReadCounter(
        {
          name: 'traces_service_graph_request_failed_total',
          help: 'Calls between two services of which either side says that they failed',
        },
        () => all().map(({ labels, failed }) => ({ labels, value: failed })),
      ),
      new ReadHistogram(
        {
          name: 'traces_service_graph_request_server_seconds',
          help: 'Duration of calls between two services, as the called one saw it',
        },
        (name) => all().flatMap(({ labels, server }) => server.samples(name, labels)),
      ),
      new ReadHistogram(
        {
          name: 'traces_service_graph_request_client_seconds',
          help: 'Duration of calls between two services, as the calling one saw it',
        },
        (name) => all().flatMap(({ labels, client }) => client.samples(name, labels)),
      ),
      new ReadCounter(
        {
          name: 'traces_service_graph_unpaired_spans_total',
          help: 'Spans of one side of a call whose other side did not come in time to this process',
        },
        () => {
          this.expire(this.#options.now())
          return [{ labels: {}, value: this.#unpaired }]
        },
      ),
      new ReadCounter(
        {
          name: 'traces_service_graph_dropped_spans_total',
          help: 'Spans of one side of a call that were not paired as too many waited',
        },
        () => [{ labels: {}, value: this.#dropped }],
      ),
    ]
  }

  #pair(key: string, side: Side): void {
    const other = this.#waiting.get(key)
    if (other === undefined) {
      if (this.#waiting.size < this.#options.waiting) this.#waiting.set(key, side)
      else this.#dropped++
    } else if (other.calls === side.calls) {
      // Sent again, it is the same side; another span means that one of two that answered the same call has no pair.
      if (other.id !== side.id) this.#unpaired++
      this.#waiting.set(key, { ...side, expires: other.expires })
    } else {
      this.#waiting.delete(key)
      const [client, server] = side.calls ? [side, other] : [other, side]
      const connection = client.messaging || server.messaging ? 'messaging_system' : ''
      const failed = client.failed || server.failed
      this.#count(client.service, server.service, connection, failed, client.duration, server.duration)
    }
  }

  /** Durations are undefined where no span tells them. */
  #count(
    client: string,
    server: string,
    connection: Connection,
    failed: boolean,
    clientMicros: number | undefined,
    serverMicros: number | undefined,
  ): void {
    const edge = this.#edges.of(client, server, CONNECTIONS.indexOf(connection))
    edge.calls++
    if (failed) edge.failed++
    if (clientMicros !== undefined) edge.client.add(clientMicros)
    if (serverMicros !== undefined) edge.server.add(serverMicros)
  }
}

/** What the called database is named if the span names no remote service; undefined if it calls none. */
function databaseOf(span: Span): string | undefined {
  for (const key of DATABASE_KEYS) {
    const name = tagOf(span, key)
    if (name) return tagOf(span, 'server.address') || peerOf(span) || name
  }
  return undefined
}

function peerOf(span: Span): string | undefined {
  const address = tagOf(span, 'network.peer.address')
  const port = tagOf(span, 'network.peer.port')
  return address && port ? `${address}:${port}` : address
}
