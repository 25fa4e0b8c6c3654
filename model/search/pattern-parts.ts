// What the text of a regular expression (RE2's syntax) tells before it costs anything to compile it.

/** A quotation, an escape, a class of characters, a repetition, the beginning of a named group; or a character. */
const PART =
  /\\Q.*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\\[pPx]\{[^}]*\}|\\.|\[:\^?\w+:\]|[^\]\\])*\]|\{(?<least>\d+)(?:,(?<most>\d*))?\}|\(\?<[^=!]|./gsu

/** About how many steps its program has, wrong by a small factor: enough to tell a thousand from a million. */
export function patternSize(pattern: string): number {
  let size = 0
  let last = 0
  const open: number[] = []
  for (const { 0: part, groups } of pattern.matchAll(PART)) {
    if (groups?.['least'] !== undefined) {
      const times = Math.max(Number(groups['least']), Number(groups['most'] ?? 0))
      size += last * (times - 1)
      last *= times
    } else if (part.startsWith('(')) {
      open.push(size)
    } else if (part === ')') {
      size++
      last = size - (open.pop() ?? 0)
    } else if (!'*+?'.includes(part)) {
      last = 1
      size++
    }
  }
  return size
}

const CATEGORY = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?|Any)$/
const NAMED_CLASS = /\\(?:[pP]\{\^?(?<name>\w+)\}|.)/gsu

/** What RE2 itself, which DuckDB runs, doesn't know of what its port to JavaScript does; undefined if nothing. */
export function unknownToRe2(pattern: string): string | undefined {
  for (const [part] of pattern.matchAll(PART)) {
    if (part.startsWith('(?<')) return 'a named group is written (?P<name>…)'
    if (part.startsWith('\\Q')) continue
    for (const { groups } of part.matchAll(NAMED_CLASS)) {
      const name = groups?.['name']
      if (name !== undefined && !CATEGORY.test(name) && !isScript(name))
        return `\\p{${name}} is neither a general category of Unicode, such as \\p{Lu}, nor a script, such as \\p{Greek}`
    }
  }
  return undefined
}

function isScript(name: string): boolean {
  try {
    return new RegExp(`\\p{Script=${name}}`, 'u').unicode
  } catch {
    // JavaScript, which knows all scripts, doesn't know this one.
    return false
  }
}
