// The viewer's one way to the server: the REST API and the name lists of Zipkin's.
import type { TraceSummary, TraceView } from '@hopscope/model'

export interface TraceList {
  readonly traces: readonly TraceSummary[]
  readonly next: string | null
  /** False when the server gave less than there is; `note` says why. */
  readonly complete: boolean
  readonly note?: string
}

export interface RequestView {
  readonly requestId: string
  readonly start: number
  readonly duration: number
  readonly complete: boolean
  /** Oldest first; `offset` is microseconds from the request's start. */
  readonly traces: readonly (TraceSummary & { readonly offset: number })[]
}

/** What went wrong, in words for the page: from the server's problem+json where it sent one. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string

  constructor(problem: { status: number; title: string; detail: string; code: string }, cause?: unknown) {
    super(problem.detail || problem.title, { cause })
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.code = problem.code
  }
}

export interface Api {
  traces(params: URLSearchParams, signal?: AbortSignal): Promise<TraceList>
  request(requestId: string, signal?: AbortSignal): Promise<RequestView>
  trace(traceId: string, signal?: AbortSignal): Promise<TraceView>
  services(signal?: AbortSignal): Promise<readonly string[]>
  operations(service: string, signal?: AbortSignal): Promise<readonly string[]>
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
    services: (signal) => get('/api/v2/services', signal),
    operations: (service, signal) => get(`/api/v2/spans?serviceName=${id(service)}`, signal),
  }
}

async function reached(fetcher: typeof fetch, path: string, signal?: AbortSignal): Promise<Response> {
  try {
    // Zipkin's name routes may be kept for minutes; here a service that has just reported its first span must be found.
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
  const field = (key: string) => {
    const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, key) : undefined
    return typeof value === 'string' ? value : ''
  }
  return new ApiError({
    status: response.status,
    title: field('title') || `The server answered ${response.status}`,
    detail: field('detail'),
    code: field('code'),
  })
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}
