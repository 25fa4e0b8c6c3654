// Spans over HTTP: takes a body off the wire within bounds, hands it to the pipeline, and says 202 only
// when the spans are stored.
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import { decodeZipkinV2Json, HopscopeError } from '@hopscope/proto'
import { type Admission, expectedBytes, type Ticket } from './admission.ts'
import { type Pipeline, refusalError } from './pipeline.ts'

export interface HttpIntakeOptions {
  readonly pipeline: Pipeline
  readonly admission: Admission
  /** Largest body, inflated. */
  readonly maxBodyBytes: number
}

/** Takes posts at the path it is mounted at: `/api/v2/spans` and, for Zipkin's other base path, `/zipkin/api/v2/spans`. */
export function httpIntake({ pipeline, admission, maxBodyBytes }: HttpIntakeOptions): Router {
  const readBody = express.raw({ type: () => true, limit: maxBodyBytes, inflate: true })
  const router = express.Router()

  router.post('/', (request, response, next) => {
    receive(request, response).then(
      () => response.status(202).end(),
      (error: unknown) => next(error),
    )
  })

  async function receive(request: Request, response: Response): Promise<void> {
    requireJson(request)
    const compressed = (request.headers['content-encoding'] ?? 'identity') !== 'identity'
    const ticket = admission.admit(expectedBytes(request.headers['content-length'], compressed, maxBodyBytes))
    try {
      const accepted = await pipeline.accept(
        await bodyOf(request, response, ticket),
        decodeZipkinV2Json,
        'http',
      )
      if (accepted.refused.length > 0) throw refusalError(accepted)
    } finally {
      ticket.release()
    }
  }

  async function bodyOf(request: Request, response: Response, ticket: Ticket): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      const done: NextFunction = (error?: unknown) =>
        error === undefined ? resolve() : reject(bodyError(error, maxBodyBytes))
      readBody(request, response, done)
    })
    const body: unknown = request.body
    // No body at all leaves `undefined` behind; the decoder says what is wrong with nothing.
    const bytes = body instanceof Uint8Array ? body : new Uint8Array()
    ticket.resize(bytes.length)
    return bytes
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

/** Turns what the body parser says into our error table. */
function bodyError(error: unknown, maxBodyBytes: number): HopscopeError {
  const { type, message } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    type?: string
  }
  switch (type) {
    case 'entity.too.large':
      return new HopscopeError(
        'body-too-large',
        `The body has more than ${maxBodyBytes} bytes (inflated). Send smaller batches.`,
        { cause: error },
      )
    case 'encoding.unsupported':
      return new HopscopeError(
        'encoding-unsupported',
        `${message}. Send the body plain, or as gzip, deflate or br.`,
        { cause: error },
      )
    default:
      return new HopscopeError('body-unreadable', `The body could not be read: ${message}.`, { cause: error })
  }
}
