// Which rows are folded, as the URL says it: `collapsed=` and the keys of rows, `all` first for "all but these".
import { collapsible, type Rows, type spanKeys } from './rows.ts'

/** An address has to fit into a chat message: what is folded by hand beyond this is not kept. */
const MOST_KEYS = 100
const ALL = 'all'
type Keys = ReturnType<typeof spanKeys>

/** undefined when nothing is folded. */
export function foldsText(rows: Rows, keys: Keys, folded: ReadonlySet<number>): string | undefined {
  if (folded.size === 0) return undefined
  const all = collapsible(rows)
  const others = [...folded].filter((index) => !all.has(index))
  const open = [...all].filter((index) => !folded.has(index))
  const fromAll = open.length + others.length < folded.size
  const named = (fromAll ? [...open, ...others] : [...folded])
    .slice(0, MOST_KEYS)
    .map((index) => keys.keyOf(index))
  return [...(fromAll ? [ALL] : []), ...named].join('.')
}

/** Reads it back; keys that this trace doesn't have are passed over. */
export function foldsFrom(rows: Rows, keys: Keys, text: string): ReadonlySet<number> {
  const named = text.split('.', MOST_KEYS + 1)
  const folded = named[0] === ALL ? collapsible(rows) : new Set<number>()
  for (const key of named) {
    const index = keys.indexOf(key)
    if (index >= 0 && !folded.delete(index) && rows[index]?.childCount) folded.add(index)
  }
  return folded
}
