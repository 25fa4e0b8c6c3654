// Spans over HTTP: takes a body off the wire within bounds, hands it to the pipeline, and says that they are taken only
// when they are stored.
import express, { type Request, type Response, type Router } from 'express'
import { HopscopeError } from '@hopscope/proto'
import { type Admission, expectedBytes, type Ticket } from './admission.ts'
import { isCompressed, readBody } from './body.ts'
import { type Answer, type Dialect, DIALECTS } from './dialects.ts'
import type { Pipeline } from './pipeline.ts'

export interface HttpIntakeOptions {
  readonly pipeline: Pipeline
  readonly admission: Admission
  /** Largest body, inflated. */
  readonly maxBodyBytes: number
}

/** A store that is away is seldom back sooner, and OpenTelemetry's senders go by it. */
const RETRY_AFTER_SECONDS = '5'

/** Takes posts of every dialect at its own paths; to be mounted at the root. */
export function httpIntake({ pipeline, admission, maxBodyBytes }: HttpIntakeOptions): Router {
  const router = express.Router()

  for (const dialect of DIALECTS) {
    const paths = [...dialect.paths]
    router.post(paths, (request, response, next) => {
      receive(dialect, request, response).then(
        ({ status, type, body }) => {
          response.status(status)
          if (type !== undefined) response.setHeader('Content-Type', type)
          response.end(body)
        },
        (error: unknown) => {
          // The rest of a body that was given up is not worth a connection.
          if (!request.complete) response.setHeader('Connection', 'close')
          // Where the error knows no better time, this one stands.
          if (error instanceof HopscopeError && error.status === 503)
            response.setHeader('Retry-After', RETRY_AFTER_SECONDS)
          next(error)
        },
      )
    })
    router.all(paths, (_, { locals }: { locals: { allow?: string[] } }, next) => {
      // Another router may take the method; the last one says what there is.
      ;(locals.allow ??= []).push('POST')
      next()
    })
  }

  async function receive(dialect: Dialect, request: Request, response: Response): Promise<Answer> {
    let ticket: Ticket | undefined
    try {
      let body: Uint8Array
      let encoding
      try {
        encoding = dialect.encodingOf(mediaTypeOf(request))
        response.locals['errorForm'] = encoding.errorForm
        ticket = admission.admit(
          expectedBytes(request.headers['content-length'], isCompressed(request), maxBodyBytes),
        )
        body = await readBody(request, maxBodyBytes, ticket.grow)
      } catch (error) {
        pipeline.unread('http')
        throw error
      }
      ticket.shrink(body.length)
      const { grow } = ticket
      const hold = (more: number) => grow(body.length + more)
      return encoding.answer(await pipeline.accept(body, encoding.decode, 'http', hold))
    } finally {
      ticket?.release()
    }
  }

  return router
}

function mediaTypeOf({ headers }: Request): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
