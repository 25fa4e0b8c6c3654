// Where values and times of a plot lie, and the round ones that its axes name.
import { scaleLinear, scaleTime, scaleUtc } from 'd3-scale'
import type { Zone } from '../../routing/times.ts'

export interface Tick {
  /** 0..1 along the axis. */
  readonly at: number
  readonly text: string
}

/** Equal slices of time; the last may be cut. Epoch microseconds. */
export interface Slices {
  readonly start: number
  readonly end: number
  readonly step: number
  /** What its times are shown in; the reader's own if absent. */
  readonly zone?: Zone
}

export const sliceCount = ({ start, end, step }: Slices) => Math.max(1, Math.ceil((end - start) / step))

/** The middle of a slice, 0..1 along the axis. */
export function middleOf(slices: Slices, index: number): number {
  const { start, end, step } = slices
  const from = start + index * step
  return ((from + Math.min(end, from + step)) / 2 - start) / (end - start)
}

/** The slice at a place, 0..1 along the axis; the nearest one beyond its ends. */
export function sliceAt(slices: Slices, at: number): number {
  const { start, end, step } = slices
  const index = Math.floor((at * (end - start)) / step)
  return Math.min(sliceCount(slices) - 1, Math.max(0, index))
}

/** Whole slices from one to another, either way round, as a time. */
export function periodOf(slices: Slices, a: number, b: number): { start: number; end: number } {
  const { start, end, step } = slices
  const first = Math.min(a, b)
  return { start: start + first * step, end: Math.min(end, start + (Math.max(a, b) + 1) * step) }
}

/** About `wanted` of them; a new day by its date. */
export function timeTicks({ start, end, zone }: Slices, wanted: number): Tick[] {
  const dates = (zone === 'utc' ? scaleUtc() : scaleTime())
    .domain([start / 1e3, end / 1e3])
    .ticks(Math.max(2, wanted))
  // Of one alone there is no step: as exact as the axis is long.
  const step = dates[1] && dates[0] ? Number(dates[1]) - Number(dates[0]) : (end - start) / 1e3
  return dates.map((date) => ({
    at: (date.getTime() * 1e3 - start) / (end - start),
    text: tickText(date, step, zone),
  }))
}

/** As written in a zone. */
function partsOf(date: Date, zone: Zone | undefined) {
  // What a clock in the zone shows, as a time of UTC.
  const shown = zone === 'utc' ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60e3)
  const text = shown.toISOString()
  return {
    day: text.slice(5, 10),
    clock: text.slice(11, 16),
    seconds: text.slice(17, 19),
    millis: text.slice(20, 23),
  }
}

function tickText(date: Date, step: number, zone: Zone | undefined): string {
  const { day, clock, seconds, millis } = partsOf(date, zone)
  if (`${clock}:${seconds}.${millis}` === '00:00:00.000') return day
  if (step >= 60_000) return clock
  return step >= 1000 ? `${clock}:${seconds}` : `${clock.slice(3)}:${seconds}.${millis}`
}

/** Of one slice, for a line of text: `14:05`, `14:05:10`, and the day if slices are long. */
export function sliceText({ start, step, zone }: Slices, index: number): string {
  const { day, clock, seconds, millis } = partsOf(new Date((start + index * step) / 1e3), zone)
  if (step >= 15 * 60e6) return `${day} ${clock}`
  if (step >= 60e6) return clock
  return step >= 1e6 ? `${clock}:${seconds}` : `${clock}:${seconds}.${millis}`
}

/** An axis of values from 0 up. */
export interface ValueAxis {
  readonly top: number
  readonly ticks: readonly Tick[]
}

/** Minutes and hours in microseconds, as people count durations of more than a minute. */
const LONG = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * 60e6)

/**
 * Up to a round value at or above `most`.
 * @param text what a tick says, of its value and the distance of two
 * @param durations values are microseconds: above a minute, ticks are whole minutes and hours
 */
export function valueAxis(
  most: number,
  text: (value: number, step: number) => string,
  { wanted = 4, durations = false } = {},
): ValueAxis {
  const high = Number.isFinite(most) && most > 0 ? most : 1
  const long = durations && high >= 60e6 ? LONG.find((step) => step >= high / wanted) : undefined
  const ticks = scaleLinear().domain([0, high]).nice(wanted).ticks(wanted)
  const step = long ?? (ticks[1] ?? 1) - (ticks[0] ?? 0)
  const count = Math.ceil(high / step - 1e-9)
  const top = count * step
  const values = Array.from({ length: count + 1 }, (_, i) => i * step)
  return { top, ticks: values.map((value) => ({ at: value / top, text: text(value, step) })) }
}

/** The highest of the values; 0 of none. */
export function highest(values: Iterable<number | null>): number {
  let most = 0
  for (const value of values) if (value !== null && value > most) most = value
  return most
}
