// The one way to the cluster: the official client, without the requests that not every Elasticsearch has, and with
// its errors turned into ours.
import { Client, errors } from '@elastic/elasticsearch'
import { HopscopeError } from '@hopscope/proto'

export interface ConnectionOptions {
  /** URLs; each request goes to one that lives. */
  readonly hosts: readonly string[]
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly apiKey?: string | undefined
  /** PEM of the authority that signed the hosts' certificates. */
  readonly ca?: string | undefined
  /** Milliseconds for one request. */
  readonly timeoutMs: number
}

export interface AskOptions<T> {
  /** Goes as JSON; bytes as the lines of a bulk. */
  readonly body?: object | Buffer
  readonly query?: Readonly<Record<string, string | number | boolean>>
  /** Milliseconds, instead of the connection's. */
  readonly timeoutMs?: number
  /** The answer where Elasticsearch says 404. */
  readonly missing?: T
}

/** What Elasticsearch said instead of an answer. */
export class Refused extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, reason: string) {
    super(`${status} ${type}: ${reason}`)
    this.status = status
    this.type = type
  }
}

/** An answer larger than this is asked for again in smaller pages: a string has its limit, and memory too. */
const LARGEST_ANSWER = 64 * 2 ** 20

/** Thrown for an answer beyond {@link LARGEST_ANSWER}. */
export class AnswerTooLarge extends Error {}

/** Whatever can be asked: the connection itself, or a {@link Reading} over it. */
export interface Cluster {
  ask<T>(method: string, path: string, options?: AskOptions<T>): Promise<T>
}

export class Connection implements Cluster {
  readonly #client: Client
  readonly #hosts: string
  readonly #retries: number
  /** Milliseconds for one request, unless it says otherwise. */
  readonly timeoutMs: number
  #closed = false

  constructor({ hosts, username, password, apiKey, ca, timeoutMs }: ConnectionOptions) {
    this.#hosts = hosts.map(withoutSecrets).join(', ')
    this.#retries = hosts.length - 1
    this.timeoutMs = timeoutMs
    this.#client = new Client({
      nodes: [...hosts],
      ...(apiKey !== undefined && { auth: { apiKey } }),
      ...(username !== undefined && { auth: { username, password: password ?? '' } }),
      ...(ca !== undefined && { tls: { ca } }),
      requestTimeout: timeoutMs,
      maxResponseSize: LARGEST_ANSWER,
      // Asked of a host thought dead: `GET /`, which needs a right of its own, and which not every flavour answers.
      resurrectStrategy: 'none',
      enableMetaHeader: false,
      // Its errors otherwise hold a copy of all that was sent, a bulk of megabytes byte by byte.
      redaction: { type: 'remove' },
    })
  }

  /** For people: where this leads. */
  get hosts(): string {
    return this.#hosts
  }

  /**
   * @throws Refused for an answer that says no, which asking again won't change
   * @throws AnswerTooLarge
   * @throws HopscopeError `store-unavailable`: no host answers, the cluster is too busy, or lets nobody in
   */
  async ask<T>(method: string, path: string, options: AskOptions<T> = {}): Promise<T> {
    if (this.#closed) throw new HopscopeError('store-unavailable', 'The store is closed.')
    const { body, query, timeoutMs, missing } = options
    try {
      return await this.#client.transport.request<T>(
        {
          method,
          path,
          ...(query && { querystring: { ...query } }),
          ...(Buffer.isBuffer(body) ? { bulkBody: body } : body && { body }),
        },
        {
          // A bulk is repeated by who sent it, item by item.
          maxRetries: Buffer.isBuffer(body) ? 0 : this.#retries,
          ...(timeoutMs !== undefined && { requestTimeout: timeoutMs }),
        },
      )
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 404 && missing !== undefined)
        return missing
      throw this.#translated(error)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#client.close()
  }

  #translated(error: unknown): Error {
    if (error instanceof errors.ResponseError) {
      const status = error.statusCode ?? 0
      const { type, reason } = causeOf(error.body)
      const said = `${status}${type === '' ? '' : ` ${type}`}${reason === '' ? '' : `: ${reason}`}`
      if (status === 401 || status === 403)
        return this.#unavailable(`refuses access (${said}). Check its user name, password or API key.`, error)
      if (status === 408 || status === 429 || status >= 500)
        return this.#unavailable(`answered ${said}.`, error)
      return new Refused(status, type, reason)
    }
    if (error instanceof errors.RequestAbortedError && /bigger than the maximum/.test(error.message))
      return new AnswerTooLarge(error.message)
    if (error instanceof errors.TimeoutError) return this.#unavailable('did not answer in time.', error)
    if (error instanceof errors.ElasticsearchClientError)
      return this.#unavailable(`does not answer: ${error.message}.`, error)
    return error instanceof Error ? error : new Error(String(error))
  }

  #unavailable(what: string, cause: unknown): HopscopeError {
    return new HopscopeError('store-unavailable', `Elasticsearch at ${this.#hosts} ${what}`, { cause })
  }
}

/** How long the cluster may work for one answer, milliseconds. */
const LONGEST_READING = 30_000

/** All that one answer asks of the cluster, which together may take so long and no longer. */
export class Reading implements Cluster {
  readonly #connection: Connection
  #left = LONGEST_READING

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** @throws HopscopeError `query-too-slow`, or what {@link Connection.ask} throws */
  async ask<T>(method: string, path: string, options: AskOptions<T> = {}): Promise<T> {
    // What an answer leaves behind is cleared away even when its time is over.
    if (method === 'DELETE') return this.#connection.ask(method, path, options)
    if (this.#left <= 0) throw tooSlow()
    const isLast = this.#left < this.#connection.timeoutMs
    const started = performance.now()
    try {
      return await this.#connection.ask(method, path, {
        ...options,
        ...(isLast && { timeoutMs: Math.ceil(this.#left) }),
      })
    } catch (error) {
      const late = isLast && error instanceof HopscopeError && error.cause instanceof errors.TimeoutError
      if (late) throw tooSlow(error)
      // Its index was deleted between two questions.
      if (error instanceof Refused && error.status === 404)
        throw new HopscopeError('store-unavailable', `Elasticsearch: ${error.message}`, { cause: error })
      throw error
    } finally {
      // Only while we wait for the cluster: a reader of the answer may take its time.
      this.#left -= performance.now() - started
    }
  }
}

function tooSlow(cause?: unknown): HopscopeError {
  return new HopscopeError(
    'query-too-slow',
    `The query was given up after ${LONGEST_READING / 1000} s. Ask for a shorter time range or add conditions.`,
    { cause },
  )
}

/** The parts of an error's body that say most. */
function causeOf(body: unknown): { type: string; reason: string } {
  const { error } = (body ?? {}) as { error?: unknown }
  if (typeof error !== 'object' || error === null) return { type: '', reason: shortened(error ?? body) }
  const { root_cause, type, reason } = error as Record<string, unknown>
  const first = Array.isArray(root_cause) ? (root_cause[0] as Record<string, unknown> | undefined) : undefined
  return { type: shortened(first?.['type'] ?? type), reason: shortened(first?.['reason'] ?? reason) }
}

function shortened(value: unknown): string {
  return value === undefined ? '' : (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300)
}

function withoutSecrets(host: string): string {
  const url = new URL(host)
  return url.origin + (url.pathname === '/' ? '' : url.pathname)
}
