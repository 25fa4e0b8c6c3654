// Times as people type and read them, in the reader's own zone or in UTC.

export type Zone = 'local' | 'utc'

const UNITS = new Map([
  ['m', 60e6],
  ['h', 3600e6],
  ['d', 86_400e6],
])

/** The microseconds of `90m`, `6h` or `7d`; undefined for anything else. */
export function rangeMicros(range: string): number | undefined {
  const match = /^([1-9]\d{0,4})([mhd])$/.exec(range)
  return match ? Number(match[1]) * (UNITS.get(match[2] ?? '') ?? 0) : undefined
}

/** The range that `last 90 min`, `2 hours`, `3d` or `最近 90 分钟` says. */
export function rangeFrom(text: string): string | undefined {
  const said =
    /^(?:last|past|最近|过去)?\s*(\d{1,5})\s*(?:(m|min|mins|minutes?|分钟?)|(h|hrs?|hours?|小?时|小时)|(d|days?|天|日))$/i.exec(
      text.trim(),
    )
  if (!said || Number(said[1]) === 0) return undefined
  return `${Number(said[1])}${said[2] ? 'm' : said[3] ? 'h' : 'd'}`
}

const WRITTEN = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?)?$/i
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/

/**
 * Epoch milliseconds of `2026-11-20 14:00`, `2026-11-20`, `14:00` (of the day of `now`), all of them in the zone, of ISO 8601 with a zone of its
 * own, or of an epoch in seconds, milliseconds or microseconds; undefined for anything else.
 */
export function timeFrom(text: string, zone: Zone, now = Date.now()): number | undefined {
  const typed = text.trim()
  const written = WRITTEN.exec(typed)
  if (written) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = written
      .slice(1, 7)
      .map((part) => Number(part ?? 0))
    if (hour > 23 || minute > 59 || second > 59) return undefined
    const millis = made(zone, year, month - 1, day, hour, minute, second)
    // The 31st of June is none.
    const read = partsOf(millis, zone)
    if (read.month !== month || read.day !== day) return undefined
    return millis + Math.round(Number(written[7] ?? 0) * 1e3)
  }
  const clock = CLOCK.exec(typed)
  if (clock) {
    const [hour = 0, minute = 0, second = 0] = clock.slice(1).map((part) => Number(part ?? 0))
    if (hour > 23 || minute > 59 || second > 59) return undefined
    const { year, month, day } = partsOf(now, zone)
    return made(zone, year, month - 1, day, hour, minute, second)
  }
  if (/^\d{9,11}$/.test(typed)) return Number(typed) * 1e3
  if (/^\d{12,14}$/.test(typed)) return Number(typed)
  if (/^\d{15,16}$/.test(typed)) return Math.floor(Number(typed) / 1e3)
  const millis = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i.test(typed)
    ? Date.parse(typed)
    : Number.NaN
  return Number.isNaN(millis) ? undefined : millis
}

function made(
  zone: Zone,
  ...[year, month, day, hour, minute, second]: readonly [number, number, number, number, number, number]
): number {
  return zone === 'utc'
    ? Date.UTC(year, month, day, hour, minute, second)
    : new Date(year, month, day, hour, minute, second).getTime()
}

function partsOf(millis: number, zone: Zone) {
  const date = new Date(millis)
  return zone === 'utc'
    ? {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        clock: [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()],
      }
    : {
        year: date.getFullYear(),
        month: date.getMonth() + 1,
        day: date.getDate(),
        clock: [date.getHours(), date.getMinutes(), date.getSeconds()],
      }
}

const two = (value: number) => String(value).padStart(2, '0')

/** `2026-11-20 14:00:05` in the zone; with `near`, another time in epoch milliseconds, the date only if it is another day. */
export function timeText(millis: number, zone: Zone, near?: number): string {
  const { year, month, day, clock } = partsOf(millis, zone)
  if (Number.isNaN(year)) return '–'
  const time = clock.map(two).join(':')
  if (near === undefined) return `${year}-${two(month)}-${two(day)} ${time}`
  const other = partsOf(near, zone)
  if (other.year === year && other.month === month && other.day === day) return time
  return `${two(month)}-${two(day)} ${time}`
}

/** ISO 8601 in UTC, without the milliseconds where there are none. */
export function iso(millis: number): string {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('.000Z', 'Z')
}
