// Numbers and times as people read them; everything the viewer prints goes through here.

const UNITS = [
  { name: 'µs', size: 1 },
  { name: 'ms', size: 1e3 },
  { name: 's', size: 1e6 },
] as const
const MINUTE = 60e6
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `412 µs`, `3.1 ms`, `120 ms`, `1.24 s`, `2 m 5 s`, `3 h 4 m`, `2 d 1 h`. Takes microseconds. */
export function formatDuration(micros: number): string {
  if (!Number.isFinite(micros)) return '–'
  if (micros < 0) return `−${formatDuration(-micros)}`
  if (micros < 999.5) return `${Math.round(micros)} µs`
  if (micros < 999_500) return `${rounded(micros / 1e3, micros < 99_950 ? 1 : 0)} ms`
  if (micros < 59.95e6) return `${rounded(micros / 1e6, micros < 9.995e6 ? 2 : 1)} s`
  if (micros < HOUR - 5e5) return twoUnits(Math.round(micros / 1e6), 60, 'm', 's')
  if (micros < DAY - MINUTE / 2) return twoUnits(Math.round(micros / MINUTE), 60, 'h', 'm')
  return twoUnits(Math.round(micros / HOUR), 24, 'd', 'h')
}

function rounded(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}

function twoUnits(small: number, perBig: number, bigName: string, smallName: string): string {
  const rest = small % perBig
  return `${Math.floor(small / perBig)} ${bigName}${rest ? ` ${rest} ${smallName}` : ''}`
}

/** A tick of a ruler whose ticks are `step` apart: never two neighbours with the same text. */
export function formatTick(micros: number, step: number): string {
  if (micros === 0) return '0'
  const unit = Math.abs(micros) >= 1e6 ? UNITS[2] : Math.abs(micros) >= 1e3 ? UNITS[1] : UNITS[0]
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step / unit.size) - 1e-9)))
  return `${(micros / unit.size).toFixed(digits)} ${unit.name}`
}

/**
 * Reads what people type for a duration: `250ms`, `1.5 s`, `300us`, `2m`; a bare number is milliseconds.
 * Gives the API's spelling (`250ms`, `1500ms`, `300us`), '' for empty text, undefined for anything else.
 */
export function durationParam(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase()
  if (trimmed === '') return ''
  const match = /^(\d+(?:\.\d+)?)\s*(us|µs|μs|ms|s|m|)$/.exec(trimmed)
  if (!match) return undefined
  const scale = { us: 1, µs: 1, μs: 1, ms: 1e3, s: 1e6, m: MINUTE, '': 1e3 }[match[2] ?? ''] ?? 1e3
  const micros = Math.round(Number(match[1]) * scale)
  return micros % 1e3 === 0 ? `${micros / 1e3}ms` : `${micros}us`
}

const pad = (value: number, length = 2) => String(value).padStart(length, '0')

/** Local date and time to the millisecond: `2025-11-20 22:07:14.482`. */
export function formatTime(micros: number): string {
  const date = new Date(micros / 1e3)
  if (Number.isNaN(date.getTime())) return '–'
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${formatClock(micros)}`
}

/** Local time of day to the millisecond. */
function formatClock(micros: number): string {
  const date = new Date(micros / 1e3)
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part)).join(':')
  return `${time}.${pad(date.getMilliseconds(), 3)}`
}

/** Both the local and the UTC reading, for tooltips. */
export function formatTimeLong(micros: number): string {
  const date = new Date(micros / 1e3)
  if (Number.isNaN(date.getTime())) return '–'
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return `${formatTime(micros)} ${zone} · ${date.toISOString()}`
}

/** `44 %`, `3.2 %`, `<0.1 %`. Takes a share of 0..1. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '<0.1 %'
  return `${percent >= 9.95 ? Math.round(percent) : Number(percent.toFixed(1))} %`
}

/** `640 B`, `1.2 kB`, `1 MB`: the size of a text, a character counted as one. */
export function formatSize(characters: number): string {
  if (characters < 1e3) return `${characters} B`
  if (characters < 999_500) return `${rounded(characters / 1e3, 1)} kB`
  return `${rounded(characters / 1e6, 1)} MB`
}
