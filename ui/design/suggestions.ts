// Which names a field suggests for what has been typed.

/** Names that begin with the text, then those that hold it; all of them for no text. */
export function suggestions(names: readonly string[], text: string, limit = 12): string[] {
  const needle = text.trim().toLowerCase()
  const starts = names.filter((name) => name.toLowerCase().startsWith(needle))
  const holds = names.filter((name) => !starts.includes(name) && name.toLowerCase().includes(needle))
  return [...new Set([...starts, ...holds])].slice(0, limit)
}
