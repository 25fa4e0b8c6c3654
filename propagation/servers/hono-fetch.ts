// Serves a request of Hono's where there is no node response: on Bun and Deno, and in `app.request()`.
import { PEER_SERVICE, REQUEST_ID, RESPONSE_TIME } from '../formats/headers.ts'
import type { Getter } from '../formats/propagator.ts'
import type { Core } from '../spans/core.ts'
import { messageOf, type Outcome, type Recording, thrownOf } from '../spans/span.ts'
import type { HonoContext } from './hono-types.ts'
import { beginRequest, endRequest, responseTimeOf } from './request-span.ts'

/** A request's span, whichever way it is served. */
export interface Serving {
  route: string | undefined
  error: unknown
}

const GIVEN_UP = 'the response was not read to its end'

const headerOf: Getter<HonoContext> = (context, name) => context.req.header(name)

const known = new WeakSet<HonoContext>()

/** Runs `fn`, which runs the rest of the app and says by what route and error, in the request's context. */
export const serveFetch = (
  core: Core,
  context: HonoContext,
  next: () => Promise<void>,
  fn: (serving: Serving) => Promise<void>,
): Promise<void> => {
  if (known.has(context)) return next()
  known.add(context)
  const recording = core.guard('the middleware', () =>
    beginRequest(core, { method: context.req.method, target: context.req.url }, context, headerOf),
  )
  if (!recording) return next()
  const serving = new FetchServing(core, recording, context)
  return core.run(recording.context, async () => {
    try {
      await fn(serving)
    } catch (error) {
      serving.end('error', error)
      throw error
    }
    core.guard('answering', () => serving.answer())
  })
}

type Body = NonNullable<Response['body']>

class FetchServing implements Serving {
  route: string | undefined
  error: unknown
  readonly #core: Core
  readonly #recording: Recording
  readonly #context: HonoContext
  #response: Response | undefined
  #ended = false

  constructor(core: Core, recording: Recording, context: HonoContext) {
    this.#core = core
    this.#recording = recording
    this.#context = context
  }

  /** Puts the headers on the response; its span ends as the body does, and where there is none at once. */
  answer(): void {
    const { res, req } = this.#context
    this.#response = res
    // No `Response` can be made of a switch of protocols.
    if (res.status < 200) return this.#answered()
    const headers = new Headers(res.headers)
    headers.set(REQUEST_ID, this.#recording.context.requestId)
    headers.set(PEER_SERVICE, this.#core.options.self.service)
    headers.set(RESPONSE_TIME, responseTimeOf(this.#recording))
    const { status, statusText, body } = res
    // Of an answer to HEAD the body is thrown away unread.
    const isRead = body !== null && req.method !== 'HEAD'
    let response: Response
    try {
      response = new Response(isRead ? this.#watched(body) : body, { status, statusText, headers })
    } catch (error) {
      // A body that another reads already, for example: the response stays as it is.
      this.#answered()
      throw error
    }
    // Hono merges the headers of the response that is there into the next.
    this.#context.res = undefined
    this.#context.res = response
    if (!isRead) this.#answered()
  }

  #answered(): void {
    const status = this.#response?.status ?? 0
    this.end(status >= 500 ? 'error' : 'success', this.error ?? status)
  }

  end(outcome: Outcome, error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    const response = this.#response
    this.#core.guard('ending a span', () => {
      const { req } = this.#context
      const isFine = outcome === 'success'
      endRequest(
        this.#core,
        this.#recording,
        {
          method: req.method,
          route: this.route,
          status: response?.status,
          outcome,
          failure: isFine ? undefined : messageOf(error),
          errorType: isFine ? undefined : outcome === 'aborted' ? outcome : thrownOf(error).name,
        },
        () => ({
          target: req.url,
          requestHeader: (name) => req.header(name),
          responseHeader: (name) => response?.headers.get(name) ?? undefined,
          body: undefined,
        }),
      )
    })
  }

  /** The body as it is read, and no sooner. */
  #watched(body: Body): ReadableStream {
    const reader = body.getReader()
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await reader.read()
            if (!done) return controller.enqueue(value)
            controller.close()
            this.#answered()
          } catch (error) {
            controller.error(error)
            this.end('error', error)
          }
        },
        cancel: (reason) => {
          this.end('aborted', GIVEN_UP)
          return reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }
}
