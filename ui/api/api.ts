// The viewer's one way to the server: the REST API.
import type { TraceColumns, TraceSummary } from '@hopscope/model'
import { decodeTraceColumns, TRACE_COLUMNS_TYPE } from '@hopscope/proto/columns'
import { texts } from '../language/texts.svelte.ts'

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
  readonly detail: string
  readonly code: string
  readonly #title: string
  /** What else the problem says, such as the place of a mistake. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail || problem.title, { cause })
    this.status = problem.status
    this.#title = problem.title
    this.detail = problem.detail
    this.code = problem.code
    this.members = problem.members ?? {}
  }

  /** In the reader's language for the codes that are common, else as the server says. */
  get title(): string {
    const known: Readonly<Record<string, string>> = texts.design.problems
    return (Object.hasOwn(known, this.code) ? known[this.code] : undefined) ?? this.#title
  }
}

export interface Names {
  readonly names: readonly string[]
  /** False if there are more than the server gives. */
  readonly complete: boolean
}

/** As many as the server gives. */
const MOST_NAMES = 10_000

/** What a proxy may let through when columns are asked for. */
const COLUMNS = `${TRACE_COLUMNS_TYPE}, application/problem+json`

export interface Api {
  /** Any other answer of the REST API, by the path behind `/rest/v1/`; `T` is what openapi.yaml says of it. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>
  traces(params: URLSearchParams, signal?: AbortSignal): Promise<TraceList>
  request(requestId: string, signal?: AbortSignal): Promise<RequestView>
  /** A trace of any size, in a few arrays. */
  columns(traceId: string, signal?: AbortSignal): Promise<TraceColumns>
  services(signal?: AbortSignal): Promise<Names>
  operations(service: string, signal?: AbortSignal): Promise<Names>
}

export function createApi(fetcher: typeof fetch = (input, init) => fetch(input, init)): Api {
  // The server validates its answers against openapi.yaml; the types here are that contract.
  const get = <T>(path: string, signal?: AbortSignal) =>
    ask(path, 'application/json', signal, async (response) => (await response.json()) as T)

  async function ask<T>(
    path: string,
    type: string,
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const response = await reached(fetcher, path, type, signal)
    if (!response.ok) throw await problemOf(response)
    try {
      return await read(response)
    } catch (cause) {
      if (signal?.aborted) throw cause
      const { unreadable: title, unreadableWhy: detail } = texts.design
      throw new ApiError({ status: response.status, title, detail, code: '' }, cause)
    }
  }
  const id = encodeURIComponent
  return {
    get: (path, signal) => get(`/rest/v1/${path}`, signal),
    traces: (params, signal) => get(`/rest/v1/traces?${params.toString()}`, signal),
    request: (requestId, signal) => get(`/rest/v1/requests/${id(requestId)}`, signal),
    columns: (traceId, signal) =>
      ask(`/rest/v1/traces/${id(traceId)}?format=columns`, COLUMNS, signal, async (response) =>
        decodeTraceColumns(await response.arrayBuffer()),
      ),
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

async function reached(
  fetcher: typeof fetch,
  path: string,
  accept: string,
  signal?: AbortSignal,
): Promise<Response> {
  try {
    // A service that has just reported its first span must be found.
    return await fetcher(path, {
      cache: 'no-cache',
      headers: { accept },
      ...(signal ? { signal } : {}),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    const { problems, unreachableWhy: detail } = texts.design
    throw new ApiError({ status: 0, title: problems.unreachable, detail, code: 'unreachable' }, cause)
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
    title: field('title') || texts.design.answered(response.status),
    detail: field('detail'),
    code: field('code'),
    members: Object.fromEntries(members),
  })
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}
