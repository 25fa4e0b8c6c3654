// How much of a text has room in a box; estimated, for to measure thousands of texts a frame takes too long.

/** CSS pixels of a character at 11 px, and of one that is twice as wide (CJK and most emoji). */
const NARROW = 6.1
const WIDE = 11.5
const FIRST_WIDE = 0x1100

/** The text, or as much of its beginning as fits and an ellipsis; '' if less than two characters would be left. */
export function fitted(text: string, room: number): string {
  // Most texts fit or don't by their length alone.
  if (text.length * WIDE <= room) return text
  let width = 0
  let kept = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    width += code < FIRST_WIDE ? NARROW : WIDE
    if (width > room) {
      // Not through the middle of a surrogate pair.
      const end = (text.charCodeAt(kept - 1) & 0xfc00) === 0xd800 ? kept - 1 : kept
      return end < 2 ? '' : `${text.slice(0, end)}…`
    }
    if (width + NARROW <= room) kept = i + 1
  }
  return text
}
