// Paints the boxes in sight: service colour, name where it fits, failures, what was found, the critical path.
import type { ServiceMark } from '../../design/colors.ts'
import { type Boxes, type Extent, firstEndingAfter } from './boxes.ts'
import { fitted } from './box-text.ts'
import { MARK } from './marks.ts'

/** CSS pixels: from level to level, and what of that the box takes; below it runs the critical path. */
export const LEVEL = 20
export const BODY = 16
const STRIP = 3
const CRITICAL_TOP = 17
/** Narrower boxes have no outline, and no text. */
const LEAST_OUTLINED = 4
const LEAST_NAMED = 26
const PADDING = 4
/** Slots of service colours, and one for "no service". */
const SLOTS = 11

export interface Picture {
  readonly boxes: Boxes
  /** See marks.ts. */
  readonly marks: Uint8Array
  /** What the width shows. */
  readonly extent: Extent
  /** CSS pixels: of the picture's part in sight, and where that begins. */
  readonly width: number
  readonly height: number
  readonly top: number
  /** The first level is at the bottom of so many pixels; at the top if undefined. */
  readonly upwards: number | undefined
  readonly markOf: (box: number) => ServiceMark | undefined
  /** Tells the parts of a box that are on the critical path, in the extent's unit, the first one first. */
  readonly path: ((box: number, part: (from: number, to: number) => void) => void) | undefined
  /** Something was searched for and found: what was not is paler. */
  readonly finding: boolean
  readonly nameOf: (box: number) => string
  /** Resolved colours by token. */
  readonly token: (name: string) => string
  readonly font: string
}

/** Top of a level, from the picture's top. */
export const levelTop = (level: number, upwards: number | undefined): number =>
  upwards === undefined ? level * LEVEL + 2 : upwards - (level + 1) * LEVEL

export function levelAt(y: number, upwards: number | undefined): number {
  return Math.floor(upwards === undefined ? (y - 2) / LEVEL : (upwards - y) / LEVEL)
}

interface Rect {
  readonly box: number
  readonly x: number
  readonly y: number
  readonly width: number
  /** Of all boxes that share these pixels. */
  marks: number
}

/** On a context whose unit is a CSS pixel, cleared before. */
export function paintBoxes(context: CanvasRenderingContext2D, picture: Picture): void {
  const rects = rectsInSight(picture)
  const slots: Rect[][] = Array.from({ length: 2 * SLOTS }, () => [])
  for (const rect of rects) {
    const slot = picture.markOf(rect.box)?.slot ?? SLOTS - 1
    const pale = rect.marks & MARK.dimmed || (picture.finding && !(rect.marks & MARK.found))
    slots[2 * slot + (pale ? 1 : 0)]?.push(rect)
  }
  // One colour after the other: to change it costs more than to fill a box.
  for (const [slot, drawn] of slots.entries()) {
    if (drawn.length === 0) continue
    const name = slot >= 2 * SLOTS - 2 ? '--svc-none' : `--svc-${slot >> 1}`
    context.fillStyle = picture.token(name)
    const alpha = slot % 2 === 0 ? 1 : 0.25
    context.globalAlpha = 0.4 * alpha
    for (const { x, y, width } of drawn) context.fillRect(x, y, width, BODY)
    context.globalAlpha = alpha
    for (const rect of drawn) paintStrip(context, rect, picture.markOf(rect.box)?.pattern ?? 0)
  }
  paintMarks(context, picture, rects)
  paintNames(context, picture, rects)
  context.globalAlpha = 1
}

/** Those narrower than a pixel that begin on the same one are one. */
function rectsInSight({ boxes, marks, extent, width, height, top, upwards }: Picture): Rect[] {
  const rects: Rect[] = []
  const scale = width / (extent.end - extent.start)
  const [one, other] = [levelAt(top, upwards), levelAt(top + height, upwards)]
  const lowest = Math.max(0, Math.min(one, other))
  const highest = Math.min(boxes.levelEnds.length - 1, Math.max(one, other))
  for (let level = lowest; level <= highest; level++) {
    const y = levelTop(level, upwards) - top
    const end = boxes.levelEnds[level] as number
    let last: Rect | undefined
    for (let box = firstEndingAfter(boxes, level, extent.start - 1 / scale); box < end; box++) {
      const from = boxes.from[box] as number
      if (from > extent.end) break
      const x = Math.max(0, (from - extent.start) * scale)
      const right = Math.min(width, ((boxes.to[box] as number) - extent.start) * scale)
      const mark = marks[box] as number
      if (last && right < last.x + 1) {
        // A bright one among dimmed ones is not to be lost.
        last.marks = ((last.marks | mark) & ~MARK.dimmed) | (last.marks & mark & MARK.dimmed)
        continue
      }
      const wide = right - x
      last = { box, x, y, width: wide > 3 ? wide - 1 : Math.max(1, wide), marks: mark }
      rects.push(last)
    }
  }
  return rects
}

/** Full colour; broken where services share it. */
function paintStrip(context: CanvasRenderingContext2D, { x, y, width }: Rect, pattern: 0 | 1 | 2): void {
  const step = pattern === 1 ? 24 : 10
  if (pattern === 0 || width < 2 * step) return context.fillRect(x, y + BODY - STRIP, width, STRIP)
  for (let at = 0; at < width; at += step)
    context.fillRect(x + at, y + BODY - STRIP, Math.min(step - 4, width - at), STRIP)
}

function paintMarks(context: CanvasRenderingContext2D, picture: Picture, rects: readonly Rect[]): void {
  const { token } = picture
  context.fillStyle = token('--critical')
  for (const rect of rects) {
    if (!(rect.marks & MARK.critical)) continue
    context.globalAlpha = rect.marks & MARK.dimmed ? 0.35 : 1
    paintCritical(context, picture, rect)
  }
  const found = rects.filter(({ marks }) => marks & MARK.found)
  for (const [name, alpha] of [
    ['--surface', 1],
    ['--warn', 0.5],
  ] as const) {
    context.fillStyle = token(name)
    context.globalAlpha = alpha
    for (const { x, y, width } of found) context.fillRect(x, y, Math.max(2, width), BODY - STRIP)
  }
  context.fillStyle = context.strokeStyle = token('--error')
  for (const { x, y, width, marks } of rects) {
    if (!(marks & MARK.error)) continue
    const origin = (marks & MARK.origin) !== 0
    context.globalAlpha = (origin ? 1 : 0.55) * (marks & MARK.dimmed ? 0.4 : 1)
    context.lineWidth = origin ? 2 : 1
    const inset = context.lineWidth / 2
    if (width < LEAST_OUTLINED) context.fillRect(x, y, width, origin ? BODY : STRIP)
    else context.strokeRect(x + inset, y + inset, width - 2 * inset, BODY - 2 * inset)
  }
  context.globalAlpha = 1
}

/** The parts of a box that are on the path, where they are known; else all of it. */
function paintCritical(
  context: CanvasRenderingContext2D,
  { extent, width, path }: Picture,
  rect: Rect,
): void {
  const y = rect.y + CRITICAL_TOP
  if (!path || rect.width < LEAST_OUTLINED) return context.fillRect(rect.x, y, rect.width, 2)
  const scale = width / (extent.end - extent.start)
  let done = -Infinity
  path(rect.box, (from, to) => {
    const right = Math.min(width, (to - extent.start) * scale)
    // Thousands of parts within a pixel are one.
    if (right < done + 0.5 || (from - extent.start) * scale > width) return
    const x = Math.max(0, done, (from - extent.start) * scale)
    done = Math.max(right, x + 1)
    if (done > 0) context.fillRect(x, y, done - x, 2)
  })
}

function paintNames(context: CanvasRenderingContext2D, picture: Picture, rects: readonly Rect[]): void {
  context.font = picture.font
  context.textBaseline = 'middle'
  context.fillStyle = picture.token('--ink')
  for (const { box, x, y, width, marks } of rects) {
    const room = width - 2 * PADDING
    if (width < LEAST_NAMED) continue
    const text = fitted(picture.nameOf(box), room)
    context.globalAlpha = marks & MARK.dimmed ? 0.45 : 1
    // Whatever the estimate missed is squeezed, not painted over the neighbour.
    if (text) context.fillText(text, x + PADDING, y + BODY / 2, room)
  }
}
