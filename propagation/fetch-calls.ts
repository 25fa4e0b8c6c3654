// Outgoing calls over the global `fetch` (and any undici client), by undici's diagnostics channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { PEER_SERVICE } from './headers.ts'
import { beginCall, type Call, type Target } from './outgoing.ts'

/** undici's Request, as far as it is documented to be seen: https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
interface UndiciRequest {
  origin: string | URL
  path: string
  method: string
  /** Names and values by turns (undici 6 and later). */
  headers: unknown
  addHeader(name: string, value: string): unknown
}

interface Message {
  request: UndiciRequest
  response?: { statusCode: number; headers: readonly unknown[] }
  socket?: { remoteAddress?: string; remotePort?: number }
  error?: unknown
}

const calls = new WeakMap<UndiciRequest, Call>()

const targetOf = (request: UndiciRequest): Target => {
  const url = new URL(String(request.origin))
  return {
    method: request.method,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port ? Number(url.port) : url.protocol === 'https:' ? 443 : 80,
    path: request.path,
  }
}

const setHeader = (request: UndiciRequest, name: string, value: string): void => {
  const { headers } = request
  if (Array.isArray(headers)) {
    // `addHeader` appends, and two request ids are none.
    for (let at = headers.length - 2; at >= 0; at -= 2) {
      if (String(headers[at]).toLowerCase() === name.toLowerCase()) headers.splice(at, 2)
    }
  }
  request.addHeader(name, value)
}

const peerServiceIn = (headers: readonly unknown[]): string | undefined => {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (String(headers[at]).toLowerCase() === PEER_SERVICE.toLowerCase()) return String(headers[at + 1])
  }
  return undefined
}

const handlers: Readonly<Record<string, (message: Message) => void>> = {
  'undici:request:create': ({ request }) => {
    const call = beginCall(
      () => targetOf(request),
      (begun) => begun.inject(request, setHeader),
    )
    if (call) calls.set(request, call)
  },
  'undici:client:sendHeaders': ({ request, socket }) =>
    calls.get(request)?.reached(socket?.remoteAddress, socket?.remotePort),
  'undici:request:headers': ({ request, response }) => {
    if (response) calls.get(request)?.answered(response.statusCode, peerServiceIn(response.headers))
  },
  'undici:request:trailers': ({ request }) => calls.get(request)?.end(true),
  'undici:request:error': ({ request, error }) => {
    const call = calls.get(request)
    call?.failed(error)
    call?.end(false)
  },
}

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' &&
  message !== null &&
  'request' in message &&
  typeof message.request === 'object'

/** Starts tracing; returns what stops it. */
export const traceFetch = (): (() => void) => {
  const subscribed = Object.entries(handlers).map(([name, handle]) => {
    const listener = (message: unknown): void => {
      if (isMessage(message)) handle(message)
    }
    subscribe(name, listener)
    return { name, listener }
  })
  return () => {
    for (const { name, listener } of subscribed) unsubscribe(name, listener)
  }
}
