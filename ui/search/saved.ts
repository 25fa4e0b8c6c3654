// Searches that the browser remembers: those given a name, and the last ones. Bounded, and read with suspicion: storage holds what anything wrote.
export interface Remembered {
  /** What it is called: given by its owner, or made of the search. */
  readonly name: string
  /** The page's query without the question mark. */
  readonly query: string
}

const MOST_SAVED = 50
const MOST_RECENT = 20
const LONGEST_NAME = 120
const LONGEST_QUERY = 12_000

/** What storage holds; of one query the first entry. */
export function readSearches(text: string | undefined): Remembered[] {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(parsed)) return []
    const all = new Map<string, Remembered>()
    for (const each of parsed) {
      if (all.size === MOST_SAVED) break
      if (!isRemembered(each) || all.has(each.query)) continue
      all.set(each.query, { name: each.name.slice(0, LONGEST_NAME), query: each.query })
    }
    return [...all.values()]
  } catch {
    return [] // Not ours, or cut short: nothing is remembered.
  }
}

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('query' in value)) return false
  return (
    typeof value.name === 'string' && typeof value.query === 'string' && value.query.length <= LONGEST_QUERY
  )
}

/** With a search saved, first; the same search saved before is replaced. */
export function saved(all: readonly Remembered[], name: string, query: string): Remembered[] {
  const entry = { name: name.trim().slice(0, LONGEST_NAME), query }
  return [entry, ...all.filter((each) => each.query !== query)].slice(0, MOST_SAVED)
}

export function renamed(all: readonly Remembered[], query: string, name: string): Remembered[] {
  const to = name.trim().slice(0, LONGEST_NAME)
  return all.map((each) => (each.query === query && to !== '' ? { ...each, name: to } : each))
}

export function deleted(all: readonly Remembered[], query: string): Remembered[] {
  return all.filter((each) => each.query !== query)
}

/** With a search that was just made. */
export function visited(all: readonly Remembered[], name: string, query: string): Remembered[] {
  if (query === '' || query.length > LONGEST_QUERY) return [...all]
  return [{ name: name.slice(0, LONGEST_NAME), query }, ...all.filter((each) => each.query !== query)].slice(
    0,
    MOST_RECENT,
  )
}
