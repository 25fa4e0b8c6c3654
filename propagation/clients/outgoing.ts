// The way out: one CLIENT span and one set of headers for each call the service makes, whatever makes it.
import { isIP } from 'node:net'
import { currentOwner, isUntraced } from '../context/context.ts'
import type { Core } from '../spans/core.ts'
import { type Peer, serviceFrom } from '../formats/headers.ts'
import { pathOf } from '../spans/paths.ts'
import { type Setter, tellPeer } from '../formats/propagator.ts'
import { messageOf, type Recording, thrownOf } from '../spans/span.ts'

const tracers = new Set<Core>()

const TAKEN = Symbol.for('hopscope.propagation.calls.1')
const global: typeof globalThis & { [TAKEN]?: WeakSet<object> } = globalThis

// One for all copies of this package in a process, as the context is: outside of any request each of them would trace a
// call, and the headers of the last one would tell of another span than the first one's.
const taken = (global[TAKEN] ??= new WeakSet<object>())

/** Adds a tracer to those whose calls are traced. */
export const traceCallsOf = (core: Core): void => {
  tracers.add(core)
}

/** Takes a tracer out again; true when it was the last one. */
export const leaveCallsOf = (core: Core): boolean => {
  tracers.delete(core)
  return tracers.size === 0
}

/** The tracer of the code that makes a call; outside of any request, the first one made. */
const tracerHere = (): Core | undefined => {
  const owner = currentOwner()
  for (const core of tracers) if (!owner || core === owner) return core
  return undefined
}

export interface Target {
  method: string
  /** As asked for: a name, an IPv4 or an IPv6 address without brackets. */
  host: string
  /** Absent for a Unix socket, and where it shows only once the call is connected. */
  port: number | undefined
  /** The request target; its query is not kept. */
  path: string
}

/** A call on its way. `end` may be called by whoever notices first; later calls change nothing. */
export class Call {
  readonly #core: Core
  readonly #recording: Recording
  readonly #target: Target
  #status: number | undefined
  #service: string | undefined
  #address: string | undefined
  #port: number | undefined
  #error: unknown
  #ended = false

  constructor(core: Core, target: Target) {
    this.#core = core
    this.#target = target
    this.#port = target.port
    const path = pathOf(target.path)
    this.#recording = core.start(core.child(), 'CLIENT', core.nameOfCall(target.method, path))
    this.#recording.put('http.method', target.method)
    this.#recording.put('http.path', path)
    this.#recording.put('peer.host', target.host)
  }

  inject<Carrier>(carrier: Carrier, setter: Setter<Carrier>): void {
    if (!this.#core.propagatesTo(this.#hostAndPort())) return
    const { propagator, self } = this.#core.options
    propagator.inject(this.#recording.context, carrier, setter)
    tellPeer(self, carrier, setter)
  }

  /** Where the connection leads; its port is put in the place of the target's only where that is `assumed`. */
  reached(address: string | undefined, port: number | undefined, assumed = false): void {
    this.#address = address
    this.#port = assumed ? (port ?? this.#port) : (this.#port ?? port)
  }

  answered(status: number, peerService: string | undefined): void {
    this.#status = status
    this.#service = serviceFrom(peerService)
  }

  failed(error: unknown): void {
    this.#error ??= error
  }

  /** Ends the span; `complete` tells whether all of the response arrived. */
  end(complete: boolean): void {
    this.#core.guard('ending a call', () => this.#end(complete))
  }

  #end(complete: boolean): void {
    if (this.#ended) return
    this.#ended = true
    const { host } = this.#target
    const { peers } = this.#core.options
    const isAddress = isIP(host) !== 0
    // An address is no name: without a better one the endpoint's ip and port have to do.
    const service =
      namedIn(peers, this.#hostAndPort()) ??
      namedIn(peers, host) ??
      this.#service ??
      (isAddress ? undefined : serviceFrom(host))
    const remote: Peer = { host: isAddress ? host : (this.#address ?? host) }
    if (service) {
      remote.service = service
      this.#recording.put('peer.service', service)
    }
    if (this.#port) {
      remote.port = this.#port
      this.#recording.put('peer.port', String(this.#port))
    }
    this.#recording.remote = remote
    if (this.#status !== undefined) this.#recording.put('http.status_code', String(this.#status))
    if (this.#error !== undefined) {
      this.#recording.finish(isAbort(this.#error) ? 'aborted' : 'error', messageOf(this.#error))
    } else if (!complete) {
      const why =
        this.#status === undefined ? 'given up before a response' : 'the response was not read to its end'
      this.#recording.finish('aborted', why)
    } else if (this.#status === undefined || this.#status >= 400) {
      this.#recording.finish('error', String(this.#status ?? 'no response'))
    } else {
      this.#recording.finish('success')
    }
  }

  #hostAndPort(): string {
    const { host } = this.#target
    return this.#port ? `${host}:${this.#port}` : host
  }
}

/** Own names only: a host may be called `constructor`. */
const namedIn = (peers: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(peers, key) ? peers[key] : undefined

/**
 * Given up by the caller; a time limit is not that, it is a failure of the callee. axios calls its own a `CanceledError`
 * of code `ERR_CANCELED`.
 */
const isAbort = (error: unknown): boolean => {
  const { name, code, cause } = thrownOf(error)
  return (name === 'AbortError' || code === 'ERR_CANCELED') && thrownOf(cause).name !== 'TimeoutError'
}

/**
 * Begins a call if a tracer wants it and none has it yet; `inject` gives the request its headers. Never throws.
 */
export const beginCall = <Request extends object>(
  request: Request,
  targetOf: (request: Request) => Target,
  inject: (call: Call, request: Request) => void,
): Call | undefined => {
  if (isUntraced() || taken.has(request)) return undefined
  const core = tracerHere()
  return core?.guard('an outgoing call', () => {
    const call = new Call(core, targetOf(request))
    taken.add(request)
    core.guard('adding headers', () => inject(call, request))
    return call
  })
}
