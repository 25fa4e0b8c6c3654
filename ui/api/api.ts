// The viewer's one way to the server: the REST API.
import type { TraceSummary, TraceView } from '@hopscope/model'

export interface TraceList {
  readonly traces: readonly TraceSummary[]
  readonly next: string | null
  /** False when the search stopped before it had looked at everything; `next` goes on from there. */
  readonly complete: boolean
  /** How `q` was understood. */
  readonly query?: { readonly text: string; readonly fromWords: boolean }
  readonly scanned?: Scanned
  /** The start, in epoch microseconds, of the last trace that a search by time looked at before it stopped. */
  readonly stoppedAt?: number
  /** Ids of traces that were left out, as looking at them took too long. */
  readonly skipped?: readonly string[]
}

/** What was looked at span by span. */
export interface Scanned {
  readonly traces: number
  readonly spans: number
}

export interface RequestView {
  readonly requestId: string
  readonly start: number
  readonly duration: number
  readonly complete: boolean
  /** Oldest first; `offset` is microseconds from the request's start. */
  readonly traces: readonly (TraceSummary & { readonly offset: number })[]
}

interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
  readonly members?: Readonly<Record<string, unknown>>
}

/** What went wrong, in words for the page: from the server's problem+json where it sent one. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
  /** What else the problem says, such as the place of a mistake. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail || problem.title, { cause })
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.code = problem.code
    this.members = problem.members ?? {}
  }
}

export interface Names {
  readonly names: readonly string[]
  /** False if there are more than the server gives. */
  readonly complete: boolean
}

/** As many as the server gives. */
const MOST_NAMES = 10_000

export interface Api {
  traces(params: URLSearchParams, signal?: AbortSignal): Promise<TraceList>
  request(requestId: string, signal?: AbortSignal): Promise<RequestView>
  trace(traceId: string, signal?: AbortSignal): Promise<TraceView>
  services(signal?: AbortSignal): Promise<Names>
  operations(service: string, signal?: AbortSignal): Promise<Names>
}

export function createApi(fetcher: typeof fetch = (input, init) => fetch(input, init)): Api {
  // The server validates its answers against openapi.yaml; the types here are that contract.
  async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await reached(fetcher, path, signal)
    if (!response.ok) throw await problemOf(response)
    try {
      return (await response.json()) as T
    } catch (cause) {
      if (signal?.aborted) throw cause
      const detail =
        'The answer ended early or was not JSON. A proxy between you and Hopscope may have cut it.'
      throw new ApiError({ status: response.status, title: 'Unreadable answer', detail, code: '' }, cause)
    }
  }
  const id = encodeURIComponent
  return {
    traces: (params, signal) => get(`/rest/v1/traces?${params.toString()}`, signal),
    request: (requestId, signal) => get(`/rest/v1/requests/${id(requestId)}`, signal),
    trace: (traceId, signal) => get(`/rest/v1/traces/${id(traceId)}`, signal),
    services: async (signal) => {
      const path = `/rest/v1/services?limit=${MOST_NAMES}`
      const { services, complete } = await get<{ services: string[]; complete: boolean }>(path, signal)
      return { names: services, complete }
    },
    operations: async (service, signal) => {
      const path = `/rest/v1/services/${id(service)}/operations?limit=${MOST_NAMES}`
      const { operations, complete } = await get<{ operations: string[]; complete: boolean }>(path, signal)
      return { names: operations, complete }
    },
  }
}

async function reached(fetcher: typeof fetch, path: string, signal?: AbortSignal): Promise<Response> {
  try {
    // A service that has just reported its first span must be found.
    return await fetcher(path, {
      cache: 'no-cache',
      headers: { accept: 'application/json' },
      ...(signal ? { signal } : {}),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    const detail = 'No answer came back. Check that the Hopscope process is running and reachable.'
    throw new ApiError({ status: 0, title: 'Can’t reach the server', detail, code: 'unreachable' }, cause)
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined)
  const members = new Map(typeof body === 'object' && body !== null ? Object.entries(body) : [])
  const field = (key: string) => {
    const value: unknown = members.get(key)
    return typeof value === 'string' ? value : ''
  }
  return new ApiError({
    status: response.status,
    title: field('title') || `The server answered ${response.status}`,
    detail: field('detail'),
    code: field('code'),
    members: Object.fromEntries(members),
  })
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}
