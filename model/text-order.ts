// The one order of text: by Unicode code point, as UTF-8 bytes sort. DuckDB and Elasticsearch order so; JavaScript's `<`
// compares UTF-16 units and would put an emoji before U+FF00.

export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return codePointRank(x) - codePointRank(y)
  }
  return a.length - b.length
}

/** Moves the surrogates above the rest of the 16-bit units, where their code points are. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** As {@link compareText}, with undefined after every text. */
export function compareOptionalText(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  return compareText(a, b)
}
