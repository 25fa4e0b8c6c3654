// Paints the bars of the rows in sight: own and network time, critical path, queues and what leads to them, events, errors.
import { ROW_FLAGS } from '@hopscope/model'
import type { ServiceMark } from '../../design/colors.ts'
import type { Stretch } from '../../design/timeline.ts'
import { shownTrunks } from '../data/messages.ts'
import type { TraceState } from '../trace-state.svelte.ts'
import { type Bar, barOf } from './bars.ts'

/** CSS pixels. */
export const ROW = 26
const BAR_TOP = 7
const BAR_HEIGHT = 11
const CRITICAL_TOP = 20

/** Resolved colours: of a service's slot (-1 for none), and of the others by token. */
interface Palette {
  readonly service: (mark: ServiceMark | undefined) => string
  readonly token: (name: string) => string
}

export interface LanesToPaint {
  readonly trace: TraceState
  /** The rows to paint, one under the other. */
  readonly rows: Int32Array
  /** CSS pixels. */
  readonly width: number
  /** Where the ruler's ticks are, fractions of the width. */
  readonly ticks: readonly number[]
  readonly palette: Palette
}

/** On a context whose unit is a CSS pixel, cleared before. */
export function paintLanes(context: CanvasRenderingContext2D, lanes: LanesToPaint): void {
  const { trace, rows, width, ticks, palette } = lanes
  context.fillStyle = palette.token('--line')
  for (const at of ticks) context.fillRect(Math.round(at * width), 0, 1, rows.length * ROW)
  for (const [place, row] of rows.entries()) {
    context.globalAlpha = trace.dimmed?.[row] === 1 ? 0.22 : 1
    const bar = barOf(trace.table, row, trace.window, trace.critical, trace.messages.queues.get(row))
    paintMessages(context, lanes, row, place * ROW, bar)
    if (bar) paintBar(context, lanes, row, place * ROW, bar)
  }
  context.globalAlpha = 1
}

const left = ({ from }: Stretch, width: number) => from * width
const length = ({ from, to }: Stretch, width: number, least: number) => Math.max(least, (to - from) * width)

function paintBar(
  context: CanvasRenderingContext2D,
  { trace, width, palette }: LanesToPaint,
  row: number,
  y: number,
  bar: Bar,
): void {
  const { rows } = trace.table.columns
  const mark = trace.markOf[rows.service[row] as number]
  const colour = palette.service(mark)
  const alpha = context.globalAlpha
  for (const part of bar.parts) {
    const own = part.tone === 'own'
    const [x, w] = [left(part, width), length(part, width, own ? 2 : 0)]
    context.fillStyle = colour
    context.globalAlpha = own ? alpha : alpha * 0.38
    context.beginPath()
    context.roundRect(x, y + BAR_TOP, w, BAR_HEIGHT, own ? 2 : 0)
    context.fill()
    context.globalAlpha = alpha
    if (own && mark && mark.pattern > 0) stripe(context, palette, mark.pattern === 1, x, y + BAR_TOP, w)
    if (own && ((rows.flags[row] as number) & ROW_FLAGS.error) !== 0) {
      paintError(context, palette, x, y, w, trace.origins[row] === 1)
    }
  }
  paintEvents(context, trace, row, y, width, palette)
  context.fillStyle = palette.token('--critical')
  for (const segment of bar.critical)
    context.fillRect(left(segment, width), y + CRITICAL_TOP, length(segment, width, 1), 2)
}

/** Where the failure came from: a full outline and a tick at its end; where it was passed on: a faint outline. */
function paintError(
  context: CanvasRenderingContext2D,
  palette: Palette,
  x: number,
  y: number,
  width: number,
  origin: boolean,
): void {
  const alpha = context.globalAlpha
  context.strokeStyle = palette.token('--error')
  context.lineWidth = origin ? 1.5 : 1
  context.globalAlpha = origin ? alpha : alpha * 0.55
  context.strokeRect(x - 1.5, y + BAR_TOP - 1.5, width + 3, BAR_HEIGHT + 3)
  context.globalAlpha = alpha
  if (!origin) return
  context.fillStyle = palette.token('--error')
  context.fillRect(x + width - 1, y + BAR_TOP - 4, 2, BAR_HEIGHT + 8)
}

/** Services whose names share a colour are told apart by stripes. */
function stripe(
  context: CanvasRenderingContext2D,
  palette: Palette,
  leaning: boolean,
  x: number,
  y: number,
  width: number,
): void {
  context.save()
  context.beginPath()
  context.rect(x, y, width, BAR_HEIGHT)
  context.clip()
  context.strokeStyle = palette.token('--surface')
  context.globalAlpha *= 0.45
  context.lineWidth = 2
  context.beginPath()
  const lean = leaning ? BAR_HEIGHT : 0
  for (let at = x - (x % 7); at < x + width + BAR_HEIGHT; at += 7) {
    context.moveTo(at, y)
    context.lineTo(at - lean, y + BAR_HEIGHT)
  }
  context.stroke()
  context.restore()
}

/** A span's events (annotations), as ticks through its bar; by its own clock, corrected as its start was. */
function paintEvents(
  context: CanvasRenderingContext2D,
  { table, window }: TraceState,
  row: number,
  y: number,
  width: number,
  palette: Palette,
): void {
  const { annotationEnds, annotationTimes, timestamp, start } = table.columns.rows
  const from = row === 0 ? 0 : (annotationEnds[row - 1] as number)
  const end = annotationEnds[row] as number
  const reported = timestamp[row] as number
  if (from === end || Number.isNaN(reported)) return
  context.fillStyle = palette.token('--ink')
  const scale = width / (window.end - window.start)
  let last = -Infinity
  for (let i = from; i < end; i++) {
    const x = Math.round(
      ((annotationTimes[i] as number) - reported + (start[row] as number) - window.start) * scale,
    )
    // Ten thousand events within a pixel are one tick.
    if (x < 0 || x > width || x === last) continue
    last = x
    context.fillRect(x, y + BAR_TOP - 2, 1, BAR_HEIGHT + 4)
  }
}

/** A message's way: dashed down from its producer, past other rows, and along its queue to a consumer. */
function paintMessages(
  context: CanvasRenderingContext2D,
  { trace, width, palette }: LanesToPaint,
  row: number,
  y: number,
  bar: Bar | undefined,
): void {
  const { messages, window, table, folds } = trace
  if (messages.lasts.size === 0) return
  const { start, duration } = table.columns.rows
  const middle = y + BAR_TOP + BAR_HEIGHT / 2
  const place = (time: number) => ((time - window.start) / (window.end - window.start)) * width
  context.strokeStyle = palette.token('--ink-3')
  context.lineWidth = 1
  context.setLineDash([3, 3])
  context.beginPath()
  const line = (time: number, from: number, to: number) => {
    const x = Math.round(place(time)) + 0.5
    if (x < 0 || x > width) return
    context.moveTo(x, from)
    context.lineTo(x, to)
  }
  for (const { at } of shownTrunks(messages.trunks.get(row))) line(at, y, y + ROW)
  const waiting = messages.queues.get(row)
  const last = waiting?.hop.client === undefined ? undefined : messages.lasts.get(waiting.hop.client)
  if (waiting && last === row) line(waiting.from, y, middle)
  if (messages.lasts.has(row) && folds[row] === 0)
    line((start[row] as number) + (duration[row] as number), middle, y + ROW)
  if (bar?.queue) {
    context.moveTo(left(bar.queue, width), middle)
    context.lineTo(bar.queue.to * width, middle)
  }
  context.stroke()
  context.setLineDash([])
}
