// Text from strangers: span names, tags and annotations may hold anything, and are shown as what they are.

/** Longest text put into a row. */
const ROW_TEXT = 160
/** Longest text put into a table before someone asks for all of it. */
export const CELL_TEXT = 600

// Characters that show nothing or reorder their neighbours: controls (less tab and newline), bidi controls, zero
// width space, line separators, BOM. Joiners stay: words and emoji are made with them.
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\u2060-\u2065\ufeff]/gu

/** The same text with every invisible character made visible: `a\0b` reads `a⟨U+0000⟩b`. */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    return `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}

export interface BoundedText {
  readonly text: string
  /** Characters of the original left out. */
  readonly left: number
}

/** At most `limit` characters of the original, made printable; a surrogate pair is never cut in two. */
export function bounded(text: string, limit: number): BoundedText {
  if (text.length <= limit) return { text: printable(text), left: 0 }
  const last = text.charCodeAt(limit - 1)
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit
  return { text: printable(text.slice(0, end)), left: text.length - end }
}

/** For one line in a row: bounded, printable, line breaks as spaces. */
export function oneLine(text: string, limit = ROW_TEXT): string {
  const { text: shown, left } = bounded(text, limit)
  return shown.replace(/[\t\n]+/g, ' ') + (left ? '…' : '')
}
