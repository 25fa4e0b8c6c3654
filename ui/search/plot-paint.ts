// Draws the plot on a canvas: axes, then dots or cells, then what is selected.
import { formatDuration } from '../design/format.ts'
import { isIn } from './group.ts'
import {
  type Box,
  boxOf,
  type Dot,
  durationTicks,
  type Grid,
  MARGIN,
  type PlotScales,
  type Size,
  timeTicks,
  xOf,
  yOf,
} from './plot.ts'
import type { Group } from '../routing/search-url.ts'
import type { Zone } from '../routing/times.ts'

export interface Painting {
  readonly dots: readonly Dot[]
  /** For a heat map; dots without. */
  readonly grid: Grid | undefined
  readonly scales: PlotScales
  readonly size: Size
  readonly zone: Zone
  readonly group: Group | undefined
  /** Being drawn by the pointer. */
  readonly brush: Box | undefined
  readonly hovered: Dot | undefined
  readonly paint: (token: string) => string
  readonly font: string
}

export function paintPlot(context: CanvasRenderingContext2D, painting: Painting): void {
  const { size, grid, group, brush, scales, hovered } = painting
  context.clearRect(0, 0, size.width, size.height)
  paintAxes(context, painting)
  if (grid) paintCells(context, painting, grid)
  else paintDots(context, painting)
  const box = brush ?? (group && boxOf(scales, group))
  if (box) paintBox(context, box, painting)
  if (hovered && !grid) {
    context.strokeStyle = painting.paint('--ink')
    context.lineWidth = 1.5
    context.beginPath()
    context.arc(xOf(scales, hovered), yOf(scales, hovered), 6.5, 0, 2 * Math.PI)
    context.stroke()
  }
}

function paintAxes(context: CanvasRenderingContext2D, { scales, size, zone, paint, font }: Painting) {
  context.font = font
  context.lineWidth = 1
  context.fillStyle = paint('--ink-3')
  context.strokeStyle = paint('--line')
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  context.beginPath()
  for (const tick of durationTicks(scales)) {
    const y = Math.round(scales.y(tick)) + 0.5
    context.moveTo(MARGIN.left, y)
    context.lineTo(size.width - MARGIN.right, y)
    context.fillText(formatDuration(tick), MARGIN.left - 7, y)
  }
  const floor = size.height - MARGIN.bottom
  context.textAlign = 'center'
  for (const { x, middle, text } of timeTicks(
    scales,
    size,
    zone,
    (each) => context.measureText(each).width,
  )) {
    context.moveTo(x, floor)
    context.lineTo(x, floor + 4)
    context.fillText(text, middle, floor + 12)
  }
  context.stroke()
  context.strokeStyle = paint('--line-strong')
  context.beginPath()
  context.moveTo(MARGIN.left, floor + 0.5)
  context.lineTo(size.width - MARGIN.right, floor + 0.5)
  context.stroke()
}

function paintDots(context: CanvasRenderingContext2D, { dots, scales, group, paint }: Painting) {
  const draw = (failed: boolean) => {
    context.fillStyle = paint('--accent')
    context.strokeStyle = paint('--error')
    context.lineWidth = 1.75
    for (const dot of dots) {
      if (dot.errorCount > 0 !== failed) continue
      context.globalAlpha = group && !isIn(group, dot) ? 0.22 : failed ? 1 : 0.62
      const [x, y] = [xOf(scales, dot), yOf(scales, dot)]
      context.beginPath()
      if (failed) {
        context.moveTo(x - 3.5, y - 3.5)
        context.lineTo(x + 3.5, y + 3.5)
        context.moveTo(x + 3.5, y - 3.5)
        context.lineTo(x - 3.5, y + 3.5)
        context.stroke()
      } else {
        context.arc(x, y, 3, 0, 2 * Math.PI)
        context.fill()
      }
    }
  }
  // Errors above all others.
  draw(false)
  draw(true)
  context.globalAlpha = 1
}

function paintCells(context: CanvasRenderingContext2D, { paint }: Painting, { cells, most }: Grid) {
  for (const { x0, y0, x1, y1, count, failed } of cells) {
    context.globalAlpha = 0.18 + 0.82 * Math.sqrt(count / most)
    context.fillStyle = paint('--accent')
    context.fillRect(x0 + 0.5, y0 + 0.5, x1 - x0 - 1, y1 - y0 - 1)
    if (failed === 0) continue
    context.globalAlpha = 1
    context.fillStyle = paint('--error')
    context.strokeStyle = paint('--surface')
    context.lineWidth = 1
    context.beginPath()
    context.moveTo(x1 - 7, y0 + 0.5)
    context.lineTo(x1 - 0.5, y0 + 0.5)
    context.lineTo(x1 - 0.5, y0 + 7)
    context.closePath()
    context.fill()
    context.stroke()
  }
  context.globalAlpha = 1
}

function paintBox(context: CanvasRenderingContext2D, { x0, y0, x1, y1 }: Box, { paint }: Painting) {
  const [x, y] = [Math.min(x0, x1), Math.min(y0, y1)]
  const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0)]
  context.globalAlpha = 0.1
  context.fillStyle = paint('--accent')
  context.fillRect(x, y, width, height)
  context.globalAlpha = 1
  context.strokeStyle = paint('--accent')
  context.lineWidth = 1
  context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(width), Math.round(height))
}
