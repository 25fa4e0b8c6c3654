// The span of time that a question about many traces is of, and how it is sliced.
import type { Request } from 'express'
import type { DurationMicros, EpochMicros } from '@hopscope/model'
import { durationParameter, invalid, shown, textParameter, timeParameter } from '../parameters.ts'

const HOUR = 3_600_000_000
const DAY = 24 * HOUR
/** As many as Prometheus gives of one series. */
const MOST_SLICES = 11_000
const USUAL_SLICES = 60

/** Both in the answer as `start` and `end`. */
export interface Window {
  readonly from: EpochMicros
  /** After `from`. */
  readonly to: EpochMicros
}

/** `start` and `end`: the last hour unless told otherwise. */
export function windowParameters(request: Request): Window {
  const to = timeParameter(request, 'end') ?? ((Date.now() * 1000) as EpochMicros)
  const from = timeParameter(request, 'start') ?? (Math.max(0, to - HOUR) as EpochMicros)
  if (from >= to) throw invalid('start', 'it is not before end, which is now if absent')
  return { from, to }
}

/** `step`, or one that gives about 60 slices. */
export function stepParameter(request: Request, { from, to }: Window): DurationMicros {
  const step = durationParameter(request, 'step') ?? roundStep((to - from) / USUAL_SLICES)
  const text = shown(textParameter(request, 'step') ?? '')
  if (step < 1) throw invalid('step', `${text} is no time at all`)
  if (slicesOf({ from, to }, step) > MOST_SLICES)
    throw invalid('step', `${text} cuts the time into more than ${MOST_SLICES} slices`)
  return step
}

export function slicesOf({ from, to }: Window, step: DurationMicros): number {
  return Math.ceil((to - from) / step)
}

/** Microseconds that people count in. */
const ROUND = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((millis) => millis * 1e3),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((seconds) => seconds * 1e6),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
]

/** Not shorter than `micros`. */
function roundStep(micros: number): DurationMicros {
  return (ROUND.find((step) => step >= micros) ?? Math.ceil(micros / DAY) * DAY) as DurationMicros
}
