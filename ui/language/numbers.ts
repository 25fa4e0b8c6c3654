// Numbers in the reader's language, for formats and messages alike.
let grouping = new Intl.NumberFormat('en-US')
let compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export function useNumbersOf(tag: string): void {
  grouping = new Intl.NumberFormat(tag)
  compact = new Intl.NumberFormat(tag, { notation: 'compact', maximumFractionDigits: 1 })
}

/** `12,482`. */
export const grouped = (value: number) => grouping.format(value)

/** `12.5K`, `1.2万`. */
export const short = (value: number) => compact.format(value)
