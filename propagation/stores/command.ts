// What the wrappers of data stores share: the CLIENT span of one command, who answered it, and how it went wrong.
import { isIP } from 'node:net'
import { currentContext, isUntraced } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { type Recording, thrownOf } from '../spans/span.ts'

export interface StoreOptions {
  /** The data store's name in the graph of services; by default its kind, such as `postgresql`. */
  remoteService?: string
}

export interface SqlOptions extends StoreOptions {
  /** Records the SQL text as the service wrote it, without its parameters. Off by default: texts may hold values. */
  statement?: boolean
}

/** Where a store is reached. A host that begins with `/` is a Unix socket, and has no port. */
export interface Place {
  host?: string | undefined
  port?: number | undefined
}

/** What a store answered to a command it refused. */
export interface Answer {
  code: string
  /** What it is about, where that has a name that is no value: a constraint, a column. */
  about?: string | undefined
}

/** A socket, as far as it is looked at. */
interface Connected {
  remoteAddress?: unknown
  remotePort?: unknown
}

/** One data store as its wrapper knows it: what all of its commands have in common. */
export class Store {
  readonly #system: string
  #core: Core
  #service: string
  #statement: boolean

  constructor(core: Core, system: string, options?: SqlOptions) {
    this.#core = core
    this.#system = system
    this.#service = options?.remoteService || system
    this.#statement = options?.statement === true
  }

  get core(): Core {
    return this.#core
  }

  /** Whether the text of statements is recorded. */
  get statement(): boolean {
    return this.#statement
  }

  /** Goes on as the other: whatever was wrapped for this one is traced by the other's tracer from now on. */
  become(other: Store): void {
    this.#core = other.#core
    this.#service = other.#service
    this.#statement = other.#statement
  }

  /**
   * The span of a command that begins now. None outside of any request: what a library does by itself, its pings and
   * its handshakes, is no trace worth keeping; jobs have `runWithRequest`.
   *
   * @param detail what is part of the name and sure to be the same each time, such as a prepared statement's name
   */
  begin(operation: string, detail?: string): Recording | undefined {
    if (currentContext() === undefined || isUntraced()) return undefined
    return this.#core.guard('a data store’s command', () => {
      const name = detail ? `${operation} ${detail}` : operation
      const recording = this.#core.start(this.#core.child(), 'CLIENT', name)
      recording.remote = { service: this.#service }
      recording.put('db.system.name', this.#system)
      recording.put('db.operation.name', operation)
      recording.put('peer.service', this.#service)
      return recording
    })
  }

  /**
   * Tells who has the command. Of a socket only the address is taken where the host is a name, and all where there is
   * no host: behind a sentinel, for example.
   */
  reached(recording: Recording, place: Place, namespace?: string, socket?: unknown): void {
    this.#core.guard('a data store’s address', () => {
      const { remoteAddress, remotePort } = connected(socket)
      const address = typeof remoteAddress === 'string' ? remoteAddress : undefined
      const host = place.host ?? address
      const port = place.port ?? (typeof remotePort === 'number' ? remotePort : undefined)
      const ip = host !== undefined && isIP(host) !== 0 ? host : (address ?? host)
      recording.remote = { service: this.#service, ...(ip && { host: ip }), ...(port && { port }) }
      if (host) recording.put('peer.host', host)
      if (port) recording.put('peer.port', String(port))
      if (namespace) recording.put('db.namespace', namespace)
    })
  }

  succeeded(recording: Recording): void {
    this.#core.guard('ending a data store’s command', () => recording.finish('success'))
  }

  /** By the error, or by none. */
  ended(recording: Recording, error: unknown, answerOf: (error: object) => Answer | undefined): void {
    if (error === undefined) this.succeeded(recording)
    else this.failed(recording, error, answerOf)
  }

  /**
   * @param answerOf what the store itself answered, if it did. Its text is never recorded: it quotes the values of
   * the command (`Duplicate entry 'ann@example.com' for key …`), as may that of any other error.
   */
  failed(recording: Recording, error: unknown, answerOf: (error: object) => Answer | undefined): void {
    this.#core.guard('ending a data store’s command', () => {
      const answer = typeof error === 'object' && error !== null ? answerOf(error) : undefined
      if (answer) {
        recording.put('db.response.status_code', answer.code)
        recording.finish('error', answer.about ? `${answer.code} ${answer.about}` : answer.code)
      } else {
        // Of Elasticsearch's client. `AbortError` is Redis' connection lost.
        const isGivenUp = thrownOf(error).name === 'RequestAbortedError'
        recording.finish(isGivenUp ? 'aborted' : 'error', reasonOf(error))
      }
    })
  }
}

const SOCKET_CALLS: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo', 'read', 'shutdown', 'write'])

/** All that the libraries say in a plain `Error` when a connection can't be had or kept; their name would say nothing. */
const PLAIN: ReadonlySet<string> = new Set([
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
  'Connection terminated',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Cannot use a pool after calling end on the pool',
  'No connections available.',
  'Pool is closed.',
  'Queue limit reached.',
  'Command timed out',
  'Connection is closed.',
])

/**
 * What may be told of an error that the store did not answer: of a socket's what it says, of all others what kind it is.
 * Parsers of replies and of parameters, the service's own too, quote values.
 */
const reasonOf = (error: unknown): string => {
  const { message, code, name } = thrownOf(error)
  if (message && (isOfSocket(error) || PLAIN.has(message))) return message
  return code ?? name ?? 'error'
}

const isOfSocket = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'syscall' in error && SOCKET_CALLS.has(error.syscall)

const NOT_CONNECTED: Connected = {}
const connected = (socket: unknown): Connected =>
  typeof socket === 'object' && socket !== null ? socket : NOT_CONNECTED
