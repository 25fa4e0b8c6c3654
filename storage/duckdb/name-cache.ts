// Remembers names for type-ahead: spans are only ever appended, so only the rows since the last time are read.
import type { DuckDBConnection } from '@duckdb/node-api'
import { compareText } from '@hopscope/model'
import { LONGEST_NAME, type NameKind, type NameScope } from '../contract.ts'
import { type NamePart, readNames } from './names.ts'

/** Names of one list: of more (ids, say) none is kept, and each question reads the rows anew. */
const MOST_NAMES = 10_000

/** Of all lists together; about 32 MB. */
const MOST_CHARACTERS = 16_000_000

/** Lists kept, the empty ones among them: a client may ask for any tag's values. */
const MOST_LISTS = 1000

/** Rows read ahead at most: about two seconds' work. */
const MOST_WARMED = 5_000_000

interface List {
  /** Sorted; undefined if there are too many. */
  readonly names: readonly string[] | undefined
  readonly characters: number
  /** Every row of spans up to this one has been read. */
  readonly upTo: number
}

export class NameCache {
  /** The one used last is the last. */
  readonly #lists = new Map<string, List>()
  #last = -1
  #characters = 0
  /** The last row there was when the store was opened; undefined until then. */
  #opened: number | undefined

  /**
   * Reads ahead what every viewer asks for, unless it is so much that it would take long. Tag keys only of what this process
   * wrote, or if somebody asked for them: older texts may be larger than the memory that others need now.
   */
  async warm(connection: DuckDBConnection): Promise<void> {
    const last = await this.#lastRow(connection)
    this.#opened ??= last
    for (const kind of ['service', 'operation', 'tagKey'] as const) {
      const known = this.#lists.get(keyOf(kind, {}))?.upTo
      if (kind === 'tagKey' && known === undefined && this.#opened >= 0) continue
      if (last - (known ?? -1) <= MOST_WARMED) await this.names(kind, {}, connection)
    }
  }

  async names(kind: NameKind, of: NameScope, connection: DuckDBConnection): Promise<string[]> {
    const { prefix = '', limit, tagKey = '' } = of
    if (tagKey.length > LONGEST_NAME) return []
    const key = keyOf(kind, of)
    // Commits come one after another: whoever sees a row sees all before it.
    const upTo = await this.#lastRow(connection)
    const list = await this.#upToDate(key, upTo, (part) => readNames(kind, of, part, connection))
    if (list.names === undefined) return readNames(kind, of, { prefix, limit, after: -1, upTo }, connection)
    const { names } = list
    return (prefix === '' ? names : names.filter((name) => name.startsWith(prefix))).slice(0, limit)
  }

  async #upToDate(key: string, upTo: number, read: (part: NamePart) => Promise<string[]>): Promise<List> {
    const known = this.#lists.get(key)
    if (known !== undefined && (known.names === undefined || known.upTo >= upTo)) {
      this.#lists.delete(key)
      this.#lists.set(key, known)
      return known
    }
    const limit = MOST_NAMES + 1
    const news = await read({ prefix: '', limit, after: known?.upTo ?? -1, upTo })
    const names = merged(known?.names ?? [], news)
    const list =
      names.length > MOST_NAMES
        ? { names: undefined, characters: 0, upTo }
        : { names, characters: names.reduce((sum, name) => sum + name.length, 0), upTo }
    this.#keep(key, list)
    return list
  }

  async #lastRow(connection: DuckDBConnection): Promise<number> {
    const reader = await connection.runAndReadAll(
      `SELECT coalesce(max(rowid), ${this.#last}) FROM spans WHERE rowid > ${this.#last}`,
    )
    const last = Number(reader.getRows()[0]?.[0])
    this.#last = Math.max(this.#last, last)
    return last
  }

  #keep(key: string, list: List): void {
    this.#forget(key)
    this.#lists.set(key, list)
    this.#characters += list.characters
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size <= MOST_LISTS && this.#characters <= MOST_CHARACTERS) break
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    this.#characters -= this.#lists.get(key)?.characters ?? 0
    this.#lists.delete(key)
  }
}

function keyOf(kind: NameKind, { service, tagKey }: NameScope): string {
  return JSON.stringify([kind, service ?? null, kind === 'tagValue' ? (tagKey ?? '') : ''])
}

function merged(known: readonly string[], news: readonly string[]): readonly string[] {
  return news.length === 0 ? known : [...new Set([...known, ...news])].sort(compareText)
}
