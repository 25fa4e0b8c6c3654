// Sends traces as one JSON list, read and written a page at a time: an answer may be larger than memory.
import type { ServerResponse } from 'node:http'
import type { TraceId } from '@hopscope/model'
import { encodeZipkinV2Json } from '@hopscope/proto'
import type { SpanReader } from '@hopscope/storage'

const PAGE_TRACES = 50
/** Fewer traces make a page when they are known to be large; one of any size makes a page of its own. */
const PAGE_SPANS = 10_000
/** Small traces share a write, of about so many characters. */
const WRITE_LENGTH = 2 ** 16

/** Trace ids in the order of the answer, in portions that fit into memory. */
export class TracePages {
  readonly pages: TraceId[][] = []
  #spans = 0

  /** @param spanCount 0 if not known */
  add(id: TraceId, spanCount: number): void {
    const page = this.pages.at(-1)
    this.#spans += spanCount
    if (page !== undefined && page.length < PAGE_TRACES && this.#spans <= PAGE_SPANS) {
      page.push(id)
    } else {
      this.pages.push([id])
      this.#spans = spanCount
    }
  }
}

/**
 * Settles when all is written, or nobody listens any more.
 * @throws whatever the reader does; once headers are sent, the caller must break the connection off, so that a
 *   part is never taken for the whole
 */
export async function sendTraces(
  response: ServerResponse,
  reader: SpanReader,
  { pages }: TracePages,
): Promise<void> {
  let json = '['
  let first = true
  for (const ids of pages) {
    if (response.destroyed) return
    for (const { spans } of await reader.traces(ids)) {
      json += first ? encodeZipkinV2Json(spans) : `,${encodeZipkinV2Json(spans)}`
      first = false
      if (json.length < WRITE_LENGTH) continue
      await write(response, json)
      if (response.destroyed) return
      json = ''
    }
  }
  json += ']'
  if (response.headersSent) response.end(json)
  else sendJson(response, json)
}

/** Answers with the whole of it. */
export function sendJson(response: ServerResponse, json: string): void {
  setType(response)
  response.setHeader('Content-Length', Buffer.byteLength(json)).end(json)
}

/** Settles when the receiver has room for more, or is gone. */
async function write(response: ServerResponse, text: string): Promise<void> {
  setType(response)
  if (response.write(text) || response.destroyed) return
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

/** As Zipkin has it: JSON knows no charset. */
function setType(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Content-Type', 'application/json')
}
