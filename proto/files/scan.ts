// Takes JSON of any size apart into the elements to send, byte by byte, without parsing it or holding more than one.

/** What an element is by the list it is in; `zipkin` may yet be anything. */
export type ElementKind = 'zipkin' | 'otlp' | 'jaeger'

/** One span of Zipkin's, one ResourceSpans of OTLP's, or one trace of Jaeger's: JSON as it was found. */
export interface Element {
  readonly kind: ElementKind
  readonly json: Uint8Array
  readonly place: Place
}

export interface Place {
  /** From 1. */
  readonly line: number
  /** In the list or the lists it is in, from 1; undefined for a line by itself. */
  readonly element: number | undefined
}

/** A place where the JSON is broken. What is around it is still given. */
export interface Break {
  readonly kind: 'broken'
  readonly place: Place
  readonly reason: string
}

/** No intake takes a body as large. Bytes. */
const LONGEST_ELEMENT = 64 * 2 ** 20
/** Lists in lists, as Zipkin lists traces. */
const MOST_LISTS = 2
/** How OTLP's TracesData begins, Tempo's answer of either version, and Jaeger's. */
const HEAD = /^\{\s*(?:"trace"\s*:\s*\{\s*)?"(resourceSpans|batches|data)"\s*:\s*$/
const HEAD_KINDS: ReadonlyMap<string | undefined, ElementKind> = new Map([
  ['resourceSpans', 'otlp'],
  ['batches', 'otlp'],
  ['data', 'jaeger'],
])
/** Of the one object around another. */
const DEEPEST_HEAD = 2
const LONGEST_HEAD = 128
const ASCII = new TextDecoder('latin1')

const QUOTE = 0x22
const ESCAPE = 0x5c
const COMMA = 0x2c
const NEWLINE = 0x0a
const LIST = 0x5b
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d
/** JSON's whitespace, and the bytes of UTF-8's byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf])

/** A list that was opened: where its elements stop being elements, and what they are. */
interface Opened {
  /** Depth of the elements around it. */
  readonly base: number
  readonly kind: ElementKind
}

/**
 * Reads lines of JSON, and JSON documents of any layout. An object that begins with `resourceSpans`, `batches` or
 * `data`, a list, and a list in a list are opened; anything else is an element. If the first line is whole, every line stands for itself: one that is
 * broken takes no other with it.
 */
export class ElementScanner {
  #found: (Element | Break)[] = []
  /** What comes: between elements, an element, or the rest of what is passed over. */
  #state: 'between' | 'element' | 'passed' = 'between'
  /** What earlier chunks have of the element. */
  #parts: Uint8Array[] = []
  #length = 0
  #place: Place = { line: 1, element: undefined }
  #inString = false
  #isEscaped = false
  /** Brackets that are open. */
  #depth = 0
  /** Depth of the elements. */
  #base = 0
  readonly #opened: Opened[] = []
  #line = 1
  #elements = 0
  #isBlank = true
  readonly #longest: number
  /** Undefined until the first line that isn't blank has ended. */
  #byLine: boolean | undefined

  /** @param longest element, in bytes; a longer one is passed over */
  constructor(longest = LONGEST_ELEMENT) {
    this.#longest = longest
  }

  /** @returns what is whole after these bytes */
  push(chunk: Uint8Array): (Element | Break)[] {
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString) {
        at = this.#afterString(chunk, at)
        continue
      }
      const byte = chunk[at] ?? 0
      if (this.#state === 'between') {
        if (this.#between(byte)) start = at
        continue
      }
      switch (byte) {
        case QUOTE:
          this.#inString = true
          break
        case LIST:
          this.#list(chunk.subarray(start, at))
          break
        case OBJECT:
          this.#depth++
          break
        case LIST_END:
        case OBJECT_END:
          if (this.#depth > this.#base) {
            if (--this.#depth === this.#base) this.#end(chunk.subarray(start, at + 1))
          } else {
            this.#end(chunk.subarray(start, at))
            this.#between(byte)
          }
          break
        case COMMA:
          if (this.#depth === this.#base) this.#end(chunk.subarray(start, at))
          break
        case NEWLINE:
          if (this.#depth === this.#base) this.#end(chunk.subarray(start, at))
          this.#endLine()
          break
      }
    }
    if (this.#state === 'element') this.#keep(chunk.subarray(start))
    return this.#found.splice(0)
  }

  /** @returns what the end of the file makes whole, or leaves broken */
  end(): (Element | Break)[] {
    if (this.#state === 'element' && this.#depth === this.#base && !this.#inString)
      this.#end(new Uint8Array(0))
    if (this.#depth > 0 || this.#inString) this.#break('the file ends in the middle of it')
    return this.#found.splice(0)
  }

  /** @returns whether an element begins with this byte */
  #between(byte: number): boolean {
    if (byte === NEWLINE) {
      this.#endLine()
      return false
    }
    if (byte === COMMA || BLANK.has(byte)) return false
    this.#isBlank = false
    if (byte === LIST && this.#opened.length < MOST_LISTS && this.#kind === 'zipkin') {
      this.#open('zipkin')
      return false
    }
    if (byte === LIST_END || byte === OBJECT_END) {
      this.#close(byte)
      return false
    }
    this.#elements++
    this.#place = this.#here()
    this.#state = 'element'
    if (byte === LIST || byte === OBJECT) this.#depth++
    this.#inString = byte === QUOTE
    return true
  }

  #here(): Place {
    return { line: this.#line, element: this.#opened.length === 0 ? undefined : this.#elements }
  }

  /** @param rest of the element, before the bracket of this list */
  #list(rest: Uint8Array): void {
    const kind = this.#depth <= this.#base + DEEPEST_HEAD ? this.#kindAfter(rest) : undefined
    if (kind === undefined) this.#depth++
    else this.#open(kind)
  }

  #kindAfter(rest: Uint8Array): ElementKind | undefined {
    if (this.#state !== 'element' || this.#length + rest.length > LONGEST_HEAD) return undefined
    return HEAD_KINDS.get(HEAD.exec(ASCII.decode(joinedBytes([...this.#parts, rest])))?.[1])
  }

  get #kind(): ElementKind {
    return this.#opened.at(-1)?.kind ?? 'zipkin'
  }

  #open(kind: ElementKind): void {
    if (this.#opened.length === 0) this.#elements = 0
    this.#opened.push({ base: this.#base, kind })
    this.#base = ++this.#depth
    this.#drop()
  }

  #close(byte: number): void {
    const list = byte === LIST_END ? this.#opened.pop() : undefined
    if (list === undefined) {
      this.#found.push({
        kind: 'broken',
        place: this.#here(),
        reason: `there is a ${String.fromCharCode(byte)} that closes nothing`,
      })
      return
    }
    this.#depth--
    this.#base = list.base
    // Of the object around the list, nothing else is of interest.
    if (list.kind !== 'zipkin') this.#state = 'passed'
  }

  #end(rest: Uint8Array): void {
    if (this.#state === 'element') {
      this.#keep(rest)
      // It may just have grown too long.
      if (this.#state === 'element')
        this.#found.push({
          kind: this.#kind,
          json: joinedBytes(this.#parts),
          place: this.#place,
        })
    }
    this.#drop()
  }

  #keep(rest: Uint8Array): void {
    if (rest.length > 0) this.#parts.push(rest)
    this.#length += rest.length
    if (this.#length <= this.#longest) return
    const reason = `it has more than ${this.#longest / 2 ** 20} MiB`
    this.#found.push({ kind: 'broken', place: this.#place, reason })
    this.#drop()
    this.#state = 'passed'
  }

  #drop(): void {
    this.#state = 'between'
    this.#parts = []
    this.#length = 0
  }

  #endLine(): void {
    if (this.#byLine === true) {
      if (this.#depth > 0 || this.#inString) this.#break('the line ends in the middle of it')
    } else if (!this.#isBlank) {
      this.#byLine ??= this.#depth === 0 && !this.#inString
    }
    this.#line++
  }

  /** Gives up what is open, and begins anew. */
  #break(reason: string): void {
    const place = this.#state === 'element' ? this.#place : this.#here()
    this.#found.push({ kind: 'broken', place, reason })
    this.#drop()
    this.#inString = this.#isEscaped = false
    this.#depth = this.#base = this.#opened.length = 0
  }

  /** @returns the place of the last byte of the string, or of the chunk */
  #afterString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === NEWLINE) {
        // No string goes over a line.
        this.#endLine()
        if (!this.#inString) return at
      } else if (this.#isEscaped) {
        this.#isEscaped = false
      } else if (byte === ESCAPE) {
        this.#isEscaped = true
      } else if (byte === QUOTE) {
        this.#inString = false
        return at
      }
    }
    return chunk.length
  }
}

/** One part is not copied. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  let length = 0
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
