// How Jaeger's two query APIs answer: envelopes, errors, and lists sent as they are read.
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Trace } from '@hopscope/model'
import type { ErrorForm } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'
import { sendJson, type TracePages } from './trace-stream.ts'

/** An entry of an envelope's `errors`. */
interface JaegerError {
  readonly code?: number
  readonly msg: string
  readonly traceID?: string
}

/** Small items share a write, of about so many characters. */
const WRITE_LENGTH = 2 ** 16

/** What follows `data` in the envelope. Jaeger counts lists of names, but not traces. */
export function afterData(total: number, errors: readonly JaegerError[]): string {
  return `,"total":${total},"limit":0,"offset":0,"errors":${errors.length === 0 ? 'null' : JSON.stringify(errors)}}`
}

export function sendData(response: ServerResponse, data: readonly unknown[], total: number): void {
  sendJson(response, `{"data":${JSON.stringify(data)}${afterData(total, [])}`)
}

const envelopeForm: ErrorForm = ({ status, detail }) => ({
  type: 'application/json',
  body: `{"data":null${afterData(0, [{ code: status, msg: detail }])}`,
})

/** grpc-gateway's form, as Jaeger fills it in. */
const gatewayForm: ErrorForm = ({ status, detail }) => ({
  type: 'application/json',
  body: JSON.stringify({ error: { httpCode: status, message: detail } }),
})

const errorsIn =
  (errorForm: ErrorForm) =>
  (_: unknown, { locals }: { readonly locals: { errorForm?: ErrorForm } }, next: () => void) => {
    locals.errorForm = errorForm
    next()
  }

/** Whatever goes wrong with a request from here on is told in the form of the older API, or of v3. */
export const errorsInEnvelope = errorsIn(envelopeForm)
export const errorsOfGateway = errorsIn(gatewayForm)

/** The stored traces of these pages, of which one is in memory at a time. */
export async function* tracesOf(reader: SpanReader, { pages }: TracePages): AsyncGenerator<Trace> {
  for (const ids of pages) yield* await reader.traces(ids)
}

/**
 * Sends `head`, the items with commas between them, and `tail`, which is asked for last.
 * @throws whatever the items throw; once headers are sent the connection is broken off, so that a part is never taken
 *   for the whole
 */
export async function sendList(
  response: ServerResponse,
  head: string,
  items: AsyncIterable<string>,
  tail: () => string,
): Promise<void> {
  const chunks = chunksOf(head, items, tail)
  // What fails before anything is sent still gets a status of its own.
  const first = await chunks.next()
  response.setHeader('Content-Type', 'application/json')
  try {
    await pipeline(async function* () {
      if (!first.done) yield first.value
      yield* chunks
    }, response)
  } catch (error) {
    // Who asked has hung up.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'))
      throw error
  }
}

async function* chunksOf(
  head: string,
  items: AsyncIterable<string>,
  tail: () => string,
): AsyncGenerator<string> {
  let text = head
  let separator = ''
  for await (const item of items) {
    text += separator + item
    separator = ','
    if (text.length < WRITE_LENGTH) continue
    yield text
    text = ''
  }
  yield text + tail()
}
