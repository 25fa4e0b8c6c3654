// What characters that TraceQL doesn't know were meant to be.
import { Mistake, replaced } from './errors.ts'

/** `'a'` and the quotes of word processors, of either hand. */
const FOREIGN_QUOTED = /'((?:[^'\\\n]|\\.)*)'|[“”„＂«]([^“”„＂»"\n]*)[“”＂»"]|[‘’‚]([^‘’‚'\n]*)[‘’']/y

/** The mistake that a character is which begins no token. */
export function strangeCharacter(text: string, at: number): Mistake {
  FOREIGN_QUOTED.lastIndex = at
  const quoted = FOREIGN_QUOTED.exec(text)
  if (quoted !== null) {
    const inside = (quoted[1] ?? quoted[2] ?? quoted[3] ?? '')
      .replaceAll("\\'", "'")
      .replace(/(?<!\\)"/g, '\\"')
    return replaced('A text stands in double quotes.', { at, end: at + quoted[0].length }, `"${inside}"`)
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const place = { at, end: at + character.length }
  const narrow = character.normalize('NFKC')
  if (narrow !== character && /^[\x21-\x7e]+$/.test(narrow))
    return replaced(`\`${character}\` is a wide character: write \`${narrow}\`.`, place, narrow)
  if (/['“”„‘’‚]/.test(character)) return new Mistake('A text stands in double quotes.', place.at, place.end)
  if (character === ';') return replaced('A query has no `;`.', place, '')
  if (character === '[' || character === ']')
    return replaced(
      `TraceQL has no \`${character}\`: brackets are round.`,
      place,
      character === '[' ? '(' : ')',
    )
  return new Mistake(`\`${character}\` means nothing here. A text needs quotes.`, place.at, place.end)
}

/** A quote that opens at `start` and isn't closed up to `end`: it was most likely meant to close before the brackets. */
export function missingQuote(text: string, start: number, end: number): Mistake {
  const inside = text.slice(start, end).trimEnd()
  let close = inside.length
  while (close > 1 && /[\s})]/.test(inside.charAt(close - 1))) close--
  const at = start + close
  const quote = text.charAt(start)
  return new Mistake(`The closing \`${quote}\` is missing.`, start, end, { at, end: at, text: quote })
}
