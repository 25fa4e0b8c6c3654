// The store's dictionary: names and addresses as small numbers. The table holds all; memory holds the
// latest, so that a service which puts ids into its span names can't fill the memory.
import type { DuckDBConnection } from '@duckdb/node-api'

/** Characters of texts held in memory. A busy company has a few thousand names, well below a megabyte. */
const CACHED_CHARACTERS = 16_000_000

/** A longer text is looked up whenever it comes: it is no name that recurs. */
const LONGEST_CACHED = 1024

/** Codes found and codes made for one transaction; `made` becomes known to others only by {@link Dictionary.keep}. */
export interface Codes {
  readonly codeOf: ReadonlyMap<string, number>
  readonly made: ReadonlyMap<string, number>
}

export class Dictionary {
  readonly #codes = new Map<string, number>()
  readonly #texts = new Map<number, string>()
  /** True while memory holds every text of the table: then an unknown text is a new one. */
  #complete = true
  #next = 1
  #characters = 0

  /** Reads no text yet: they come as they are asked for, so that opening costs the same however many there are. */
  async load(connection: DuckDBConnection): Promise<void> {
    const reader = await connection.runAndReadAll('SELECT coalesce(max(code), 0) FROM texts')
    const last = Number(reader.getRows()[0]?.[0])
    this.#next = last + 1
    this.#complete = last === 0
  }

  /** Codes for all of `texts`; new ones are written to the table in the connection's open transaction. */
  async codesFor(texts: Iterable<string>, connection: DuckDBConnection): Promise<Codes> {
    const codeOf = new Map<string, number>()
    let unknown: string[] = []
    for (const text of texts) {
      const code = this.#codes.get(text)
      if (code === undefined) unknown.push(text)
      else codeOf.set(text, code)
    }
    if (unknown.length > 0 && !this.#complete) {
      for (const [text, code] of await lookUp('text', unknown, connection)) {
        codeOf.set(text, code)
        this.#remember(text, code)
      }
      unknown = unknown.filter((text) => !codeOf.has(text))
    }
    const made = new Map<string, number>()
    if (unknown.length > 0) {
      let code = this.#next
      const appender = await connection.createAppender('texts')
      try {
        for (const text of unknown) {
          appender.appendUInteger(code)
          appender.appendVarchar(text)
          appender.endRow()
          made.set(text, code)
          codeOf.set(text, code++)
        }
      } finally {
        appender.closeSync()
      }
    }
    return { codeOf, made }
  }

  /** Called once the transaction that made these codes is committed. */
  keep(made: ReadonlyMap<string, number>): void {
    for (const [text, code] of made) {
      this.#remember(text, code)
      this.#next = Math.max(this.#next, code + 1)
    }
  }

  /** The texts of these codes, by code. */
  async textsOf(codes: Iterable<number>, connection: DuckDBConnection): Promise<Map<number, string>> {
    const texts = new Map<number, string>()
    const unknown: number[] = []
    for (const code of codes) {
      const text = this.#texts.get(code)
      if (text === undefined) unknown.push(code)
      else texts.set(code, text)
    }
    if (unknown.length > 0)
      for (const [text, code] of await lookUp('code', unknown, connection)) texts.set(code, text)
    return texts
  }

  #remember(text: string, code: number): void {
    const cached = text.length <= LONGEST_CACHED
    if (!cached || this.#characters + text.length > CACHED_CHARACTERS) this.#complete = false
    if (!cached) return
    if (this.#characters + text.length > CACHED_CHARACTERS) {
      this.#codes.clear()
      this.#texts.clear()
      this.#characters = 0
    }
    this.#codes.set(text, code)
    this.#texts.set(code, text)
    this.#characters += text.length
  }
}

async function lookUp(
  by: 'text' | 'code',
  values: readonly (string | number)[],
  connection: DuckDBConnection,
): Promise<[string, number][]> {
  // As JSON, one parameter carries any number of values.
  const type = by === 'text' ? 'VARCHAR' : 'UINTEGER'
  const reader = await connection.runAndReadAll(
    `SELECT text, code FROM texts WHERE ${by} IN (SELECT unnest(from_json($1, '["${type}"]')))`,
    [JSON.stringify(values)],
  )
  return reader.getRows().map(([text, code]) => [String(text), Number(code)])
}
