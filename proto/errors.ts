// The one table of errors: whatever refuses a request or stops the process is an entry here, and REST, Zipkin's
// routes, logs and the docs all take code, status and words from it.

/** Code to HTTP status, a short title that never varies, and what it means for whoever gets it. README.md repeats it. */
export const ERRORS = {
  'body-not-json': {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'The body could not be parsed as JSON; nothing of it was stored.',
  },
  'body-not-a-list': {
    status: 400,
    title: 'The body is not a list of spans',
    meaning: 'The body is JSON, but not a list; a single span must be sent as a list of one.',
  },
  'spans-refused': {
    status: 400,
    title: 'Some spans were refused',
    meaning: 'The spans named in the detail were refused, each with its reason; all others were stored.',
  },
  'body-unreadable': {
    status: 400,
    title: 'The body could not be read',
    meaning:
      'The compression is truncated, corrupt or not the declared one, or the length is not the declared one.',
  },
  'body-malformed': {
    status: 400,
    title: 'The body is malformed',
    meaning:
      'The bytes are not of the format they were sent as: broken protobuf or thrift, or not an OTLP request.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body, as sent or once decompressed, is larger than the limit; send fewer spans at a time.',
  },
  'media-type-unsupported': {
    status: 415,
    title: 'The media type is not supported',
    meaning: 'The Content-Type names a format that this route does not read.',
  },
  'encoding-unsupported': {
    status: 415,
    title: 'The content encoding is not supported',
    meaning: 'The Content-Encoding names a compression that the collector does not read.',
  },
  overloaded: {
    status: 503,
    title: 'The collector is overloaded',
    meaning:
      'Too much is waiting to be stored; nothing of this request was stored, send it again after Retry-After.',
  },
  'store-unavailable': {
    status: 503,
    title: 'The store is unavailable',
    meaning: 'The store did not answer or could not write; the request is safe to send again.',
  },
  'query-too-slow': {
    status: 503,
    title: 'The query took too long',
    meaning:
      'The query took more time, or memory, than one may; ask for a shorter time range or add conditions.',
  },
  'data-folder-locked': {
    status: 503,
    title: 'The data folder is in use',
    meaning:
      'Another process holds the embedded store open; raised at start, only one process may own the folder.',
  },
  'data-format-unknown': {
    status: 500,
    title: 'The data format is unknown',
    meaning: 'The stored data was written by a version this one does not know; it was left untouched.',
  },
  'trace-not-found': {
    status: 404,
    title: 'No such trace',
    meaning: 'No stored span has this trace id: not reported, not sampled, or past its retention.',
  },
  'request-not-found': {
    status: 404,
    title: 'No such request',
    meaning: 'No stored span has this request id: not reported, not sampled, or past its retention.',
  },
  'route-not-found': {
    status: 404,
    title: 'No such route',
    meaning: 'No API route has this path.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed',
    meaning: 'The path exists, but not for this HTTP method; Allow names those it has.',
  },
  'parameter-invalid': {
    status: 400,
    title: 'A parameter is invalid',
    meaning: 'A parameter is missing, unknown or has a value it cannot take; the detail names it.',
  },
  'query-invalid': {
    status: 400,
    title: 'The query is invalid',
    meaning:
      'The TraceQL query could not be understood; `at` and `length` say where in its text, `suggestion` what may have been meant.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    meaning: 'This client asked more often than the server allows; ask again after Retry-After.',
  },
  'search-disabled': {
    status: 403,
    title: 'Searching is switched off',
    meaning: 'The server runs with SEARCH_ENABLED=false: only traces of a request can be searched for.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning: 'A bug in Hopscope: the log has the cause.',
  },
} as const satisfies Record<string, { status: number; title: string; meaning: string }>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorOptions {
  /** What led to this, for the log; never shown to a client. */
  readonly cause?: unknown
  /** When to try again, in seconds; becomes the header Retry-After. */
  readonly retryAfterSeconds?: number
  /** More members of the problem, beside its own. */
  readonly members?: Readonly<Record<string, string | number>>
}

/** An entry of {@link ERRORS} as it happened. `detail` is a sentence for the client about this one occurrence. */
export class HopscopeError extends Error {
  override readonly name = 'HopscopeError'
  readonly code: ErrorCode
  /** HTTP status. */
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Seconds; undefined when there is no better time than any other. */
  readonly retryAfter: number | undefined
  readonly members: Readonly<Record<string, string | number>>

  constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
    super(`${code}: ${detail}`, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.status = ERRORS[code].status
    this.title = ERRORS[code].title
    this.detail = detail
    this.retryAfter = options.retryAfterSeconds
    this.members = options.members ?? {}
  }
}

/** What a thrown value says, for logs and within other messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The body of an `application/problem+json` answer: RFC 9457, with our code beside its members. */
export interface Problem {
  /** `urn:hopscope:error:<code>` */
  readonly type: string
  readonly title: string
  /** HTTP status. */
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  /** What else this occurrence says, such as `at`, `length` and `suggestion` of a query. */
  readonly [member: string]: string | number
}

/** How an error is put to the clients of one protocol. */
export type ErrorForm = (problem: Problem) => { readonly type: string; readonly body: string | Uint8Array }

/** Describes any thrown value to a client. What isn't a {@link HopscopeError} is `internal`, and its text stays in the log. */
export function problemFrom(error: unknown): Problem {
  const known =
    error instanceof HopscopeError
      ? error
      : new HopscopeError('internal', 'Something went wrong inside Hopscope; its log says what.')
  return {
    ...known.members,
    type: `urn:hopscope:error:${known.code}`,
    title: known.title,
    status: known.status,
    detail: known.detail,
    code: known.code,
  }
}
