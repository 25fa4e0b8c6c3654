// Spans over HTTP: takes a body off the wire within bounds, hands it to the pipeline, and says 202 only
// when the spans are stored.
import express, { type Request, type Router } from 'express'
import { decodeZipkinV2Json, HopscopeError } from '@hopscope/proto'
import { type Admission, expectedBytes, type Ticket } from './admission.ts'
import { isCompressed, readBody } from './body.ts'
import { type Pipeline, refusalError } from './pipeline.ts'

export interface HttpIntakeOptions {
  readonly pipeline: Pipeline
  readonly admission: Admission
  /** Largest body, inflated. */
  readonly maxBodyBytes: number
}

/** Takes posts at the path it is mounted at: `/api/v2/spans` and, for Zipkin's other base path, `/zipkin/api/v2/spans`. */
export function httpIntake({ pipeline, admission, maxBodyBytes }: HttpIntakeOptions): Router {
  const router = express.Router()

  router.post('/', (request, response, next) => {
    receive(request).then(
      () => response.status(202).end(),
      (error: unknown) => {
        // The rest of a body that was given up is not worth a connection.
        if (!request.complete) response.setHeader('Connection', 'close')
        next(error)
      },
    )
  })
  router.all('/', (_, { locals }: { locals: { allow?: string[] } }, next) => {
    // Another router may take the method; the last one says what there is.
    ;(locals.allow ??= []).push('POST')
    next()
  })

  async function receive(request: Request): Promise<void> {
    let ticket: Ticket | undefined
    try {
      let body: Uint8Array
      try {
        requireJson(request)
        ticket = admission.admit(
          expectedBytes(request.headers['content-length'], isCompressed(request), maxBodyBytes),
        )
        body = await readBody(request, maxBodyBytes, ticket.grow)
      } catch (error) {
        pipeline.unread('http')
        throw error
      }
      ticket.shrink(body.length)
      const accepted = await pipeline.accept(body, decodeZipkinV2Json, 'http')
      if (accepted.refusedCount > 0) throw refusalError(accepted)
    } finally {
      ticket?.release()
    }
  }

  return router
}

function requireJson(request: Request): void {
  const type = request.headers['content-type']
  // Old Zipkin reporters send none; then it is JSON, as it is for Zipkin.
  if (type === undefined || /^application\/json\s*(;|$)/i.test(type)) return
  throw new HopscopeError(
    'media-type-unsupported',
    `Content-Type is ${JSON.stringify(type.slice(0, 100))}. Send a list of Zipkin v2 spans with "Content-Type: application/json".`,
  )
}
