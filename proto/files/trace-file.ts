// The spans of a whole file, in any format that is read: what the viewer does with a file that is dropped onto it.
import type { Span } from '@hopscope/model'
import type { Decoded } from '../decoded.ts'
import { HopscopeError } from '../errors.ts'
import { decodeJaegerJson } from '../jaeger/json-reader.ts'
import { decodeOtlpJson } from '../otlp/json.ts'
import { TRACES_DATA } from '../otlp/writer.ts'
import { decodeZipkinV1Json } from '../zipkin/v1-json.ts'
import { decodeZipkinV2Json } from '../zipkin/v2-json.ts'
import { type FileFormat, formatOf } from './element.ts'
import { type Break, type Element, ElementScanner, joinedBytes, type Place } from './scan.ts'

/** A span, or a part of the file, that could not be read. Those around it were. */
export interface FileRefusal extends Place {
  /** In an element of several, which span, from 1; undefined for the whole element. */
  readonly span: number | undefined
  /** As a path, such as `localEndpoint.port`; empty for the whole span. */
  readonly field: string
  /** A sentence. */
  readonly reason: string
}

export interface FileSpans {
  /** Of the first that was found, read or not. */
  readonly format: FileFormat
  /** Of all traces of the file, in its order. */
  readonly spans: readonly Span[]
  /** The first {@link REFUSALS_KEPT}, in the order of the file. */
  readonly refused: readonly FileRefusal[]
  /** Of all. */
  readonly refusedCount: number
}

/** `packed`: gzip, to be unpacked before. `web-page`: HTML or XML. `no-spans`: JSON in which there are none. */
export type TraceFileProblem =
  'empty' | 'packed' | 'parquet' | 'utf-16' | 'web-page' | 'not-json' | 'no-spans'

/** A file that is none of spans. Its message is a sentence in English that names the file. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError'
  readonly problem: TraceFileProblem

  constructor(problem: TraceFileProblem, message: string) {
    super(message)
    this.problem = problem
  }
}

const REFUSALS_KEPT = 100
/** Bytes that one decoder reads at once: below what is looked at before it is parsed. */
const BATCH_BYTES = 2 ** 19
const PART_BYTES = 2 ** 22
/** Half the characters that a browser's longest text has. */
const LONGEST_ELEMENT = 256 * 2 ** 20
const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d])
const OPEN = /^[[{]/
const BYTES_SHOWN = 40

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Reads Zipkin's JSON (v2 and v1; lists, lists of lists), OTLP's (also as Tempo answers it), and Jaeger's (as its UI saves it): one
 * document or one a line, told by what is in it. Where it is broken, what is whole is read.
 * @param bytes UTF-8, not packed: see {@link isGzip}
 * @param name of the file, for messages only
 * @throws TraceFileError when there is nothing in it that could be spans
 */
export function spansOfFile(bytes: Uint8Array, name: string): FileSpans {
  requireJson(bytes, name)
  const scanner = new ElementScanner(LONGEST_ELEMENT)
  const reader = new FileReading()
  // By parts: a file may hold a number for every second byte, and each is an element.
  for (let at = 0; at < bytes.length; at += PART_BYTES)
    reader.take(scanner.push(bytes.subarray(at, at + PART_BYTES)))
  reader.take(scanner.end())
  reader.finish()
  const { format, spans, refused, refusedCount } = reader
  if (spans.length === 0 && refusedCount === 0)
    throw new TraceFileError('no-spans', `${name} holds no spans.`)
  return { format: format ?? 'zipkin', spans, refused, refusedCount }
}

/** @throws TraceFileError by the first bytes */
function requireJson(bytes: Uint8Array, name: string): void {
  const [a, b, c, d] = bytes
  if (isGzip(bytes)) throw new TraceFileError('packed', `${name} is packed by gzip: unpack it first.`)
  if (a === 0x50 && b === 0x41 && c === 0x52 && d === 0x31)
    throw new TraceFileError('parquet', `${name} is Parquet: hopscope import reads it, a browser does not.`)
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw new TraceFileError('utf-16', `${name} is UTF-16: save it as UTF-8.`)
  let start = a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0
  while (BLANKS.has(bytes[start])) start++
  if (start >= bytes.length) throw new TraceFileError('empty', `${name} is empty.`)
  const head = new TextDecoder().decode(bytes.subarray(start, start + BYTES_SHOWN))
  if (head.startsWith('<'))
    throw new TraceFileError('web-page', `${name} is a web page or XML, not JSON: it begins with ${JSON.stringify(head)}.`) // prettier-ignore
  if (!OPEN.test(head))
    throw new TraceFileError('not-json', `${name} is not JSON of spans: it begins with ${JSON.stringify(head)}.`) // prettier-ignore
}

const LIST = { head: '[', tail: ']' }
const DECODERS = {
  zipkin: { decode: decodeZipkinV2Json, ...LIST, isSpan: true },
  'zipkin-v1': { decode: decodeZipkinV1Json, ...LIST, isSpan: true },
  otlp: { decode: decodeOtlpJson, ...TRACES_DATA, isSpan: false },
  jaeger: { decode: decodeJaegerJson, ...LIST, isSpan: false },
} as const satisfies Record<FileFormat, unknown>

/** Elements of one format that stand together are read together, as far as a refusal can be told by its place in the list. */
class FileReading {
  format: FileFormat | undefined
  readonly spans: Span[] = []
  readonly refused: FileRefusal[] = []
  refusedCount = 0
  #batch: Element[] = []
  #batchFormat: FileFormat = 'zipkin'
  #bytes = 0

  take(all: readonly (Element | Break)[]): void {
    for (const found of all) {
      if (found.kind !== 'broken') this.#add(found)
      else this.#refuse(found.place, `${found.reason.charAt(0).toUpperCase()}${found.reason.slice(1)}.`)
    }
  }

  #add(element: Element): void {
    const found = formatOf(element)
    if ('reason' in found) return this.#refuse(element.place, found.reason)
    this.format ??= found.format
    const isFull = this.#bytes + element.json.length > BATCH_BYTES
    if (found.format !== this.#batchFormat || isFull || !DECODERS[found.format].isSpan) this.finish()
    this.#batchFormat = found.format
    this.#batch.push(element)
    this.#bytes += element.json.length
  }

  #refuse(place: Place, reason: string): void {
    this.finish()
    this.#keep({ ...place, span: undefined, field: '', reason })
  }

  #keep(refusal: FileRefusal): void {
    this.refusedCount++
    if (this.refused.length < REFUSALS_KEPT) this.refused.push(refusal)
  }

  /** Reads what was added. */
  finish(): void {
    const batch = this.#batch
    this.#batch = []
    this.#bytes = 0
    if (batch.length === 0 || this.#read(batch)) return
    // One of them is no JSON: alone, each of the others is read.
    for (const element of batch) this.#read([element])
  }

  /** False if nothing was read, for the batch is no JSON. */
  #read(batch: readonly Element[]): boolean {
    const { decode, head, tail, isSpan } = DECODERS[this.#batchFormat]
    const [first] = batch
    if (first === undefined) return true
    let decoded: Decoded
    try {
      decoded = decode(listOf(batch, head, tail))
    } catch (error) {
      if (!(error instanceof HopscopeError)) throw error
      if (batch.length === 1) this.#keep({ ...first.place, span: undefined, field: '', reason: error.detail })
      return batch.length === 1
    }
    for (const span of decoded.spans) this.spans.push(span)
    for (const { index, field, reason } of decoded.refused) {
      const { place } = (isSpan ? batch[index] : undefined) ?? first
      this.#keep({ ...place, span: isSpan ? undefined : index + 1, field, reason })
    }
    this.refusedCount += decoded.refusedCount - decoded.refused.length
    return true
  }
}

const UTF8 = new TextEncoder()

function listOf(batch: readonly Element[], head: string, tail: string): Uint8Array {
  const comma = UTF8.encode(',')
  const parts: Uint8Array[] = [UTF8.encode(head)]
  for (const [at, { json }] of batch.entries()) {
    if (at > 0) parts.push(comma)
    parts.push(json)
  }
  return joinedBytes([...parts, UTF8.encode(tail)])
}
