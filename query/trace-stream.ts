// Sends traces however many and however large: read a page at a time, no faster than they are taken, never cut short in silence.
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import {
  cursorOf,
  type Trace,
  type TraceCursor,
  type TraceId,
  type TraceQuery,
  type TraceSummary,
} from '@hopscope/model'
import type { SpanReader } from '@hopscope/storage'

const PAGE_TRACES = 50
/** Fewer traces make a page when they are known to be large; one of any size makes a page of its own. */
const PAGE_SPANS = 10_000
/** Traces that the store is asked for at once; of their spans only a page of {@link TracePages} is held. */
const FOUND_TRACES = 500
/** Small pieces share a write, of about so many characters. */
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

/** The stored traces of these pages, of which one is in memory at a time. */
export async function* tracesOf(reader: SpanReader, { pages }: TracePages): AsyncGenerator<Trace> {
  for (const ids of pages) yield* await reader.traces(ids)
}

/**
 * All traces that a query finds, newest first. One that gets an earlier span meanwhile may come twice; none is left out
 * but those without any timestamp, which no query finds.
 */
export function foundTraces(
  reader: SpanReader,
  query: Omit<TraceQuery, 'limit' | 'after'>,
): AsyncGenerator<Trace> {
  return listedTraces(reader, (after, limit) => pageOf(reader, { ...query, limit, after }))
}

/** One page of a listing, and where it goes on; a page that is full may be followed by nothing. */
export async function pageOf(
  reader: SpanReader,
  query: TraceQuery,
): Promise<{ traces: TraceSummary[]; next: TraceCursor | undefined }> {
  const traces: TraceSummary[] = []
  for await (const summary of reader.find(query)) traces.push(summary)
  const last = traces.length < query.limit ? undefined : traces.at(-1)
  return { traces, next: last && cursorOf(last, query.sort) }
}

/** Some of a listing, in its order, and where it goes on; undefined at its end. */
interface Listed {
  readonly traces: Iterable<Pick<TraceSummary, 'traceId' | 'spanCount'>>
  readonly next: TraceCursor | undefined
}

/** The traces of a whole listing. @param list gives the next of them, `limit` at most */
export async function* listedTraces(
  reader: SpanReader,
  list: (after: TraceCursor | undefined, limit: number) => Promise<Listed>,
): AsyncGenerator<Trace> {
  let after: TraceCursor | undefined
  do {
    const { traces, next } = await list(after, FOUND_TRACES)
    const found = new TracePages()
    for (const { traceId, spanCount } of traces) found.add(traceId, spanCount)
    yield* tracesOf(reader, found)
    after = next
  } while (after !== undefined)
}

/** `head`, the items with commas between, and `tail`, which is asked for last. */
export async function* listOf(
  head: string,
  items: AsyncIterable<string>,
  tail: () => string,
): AsyncGenerator<string> {
  yield head
  let separator = ''
  for await (const item of items) {
    yield separator + item
    separator = ','
  }
  yield tail()
}

/** The pieces of each trace, one after the other. */
export async function* piecesOf(
  traces: Iterable<Trace> | AsyncIterable<Trace>,
  pieces: (trace: Trace) => Iterable<string>,
): AsyncGenerator<string> {
  for await (const trace of traces) yield* pieces(trace)
}

interface Sent {
  readonly type?: string
  /** What a browser is to save it as; ASCII without quotes. */
  readonly fileName?: string
}

/**
 * Sends the pieces as they come; what is short is sent with its length. Settles when all is written, or nobody listens
 * any more.
 * @throws whatever the pieces throw: nothing is sent if it is among the first; after that the connection must be broken
 *   off, so that a part is never taken for the whole
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<string> | Iterable<string>,
  { type = 'application/json', fileName }: Sent = {},
): Promise<void> {
  const chunks = chunksOf(pieces)
  const first = await chunks.next()
  const text = first.value ?? ''
  // As Zipkin has it: JSON knows no charset.
  response.setHeader('Content-Type', type)
  if (fileName !== undefined) response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`)
  if (text.length < WRITE_LENGTH) {
    response.setHeader('Content-Length', Buffer.byteLength(text)).end(text)
    return
  }
  if (response.req.method === 'HEAD') {
    await chunks.return(undefined)
    response.end()
    return
  }
  try {
    await pipeline(async function* () {
      yield text
      yield* chunks
    }, response)
  } catch (error) {
    // Who asked has hung up.
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

/** Only the last is shorter than {@link WRITE_LENGTH}. */
async function* chunksOf(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length < WRITE_LENGTH) continue
    yield text
    text = ''
  }
  yield text
}

/** Answers with the whole of it. */
export function sendJson(response: ServerResponse, json: string): void {
  response.setHeader('Content-Type', 'application/json')
  response.setHeader('Content-Length', Buffer.byteLength(json)).end(json)
}
