// Draws the services: boxes with name and numbers from near, coloured chips and the busiest names from afar.
import { formatShare } from '../design/format.ts'
import { oneLine } from '../design/text.ts'
import { formatRate } from '../design/rate.ts'
import type { Box, Thing } from './picture.ts'
import { classOf, ERROR_TOKENS, litBoxes, type Scene, traceMark } from './scene.ts'

/** In pixels of the layout, as are the places of texts in a box. */
const NAME_SIZE = 13
const FACT_SIZE = 10.5
/** Smaller than this in the window, and a text is not drawn. */
const LEAST_TEXT = 6
const LEAST_FACT = 7
const STRIPE = 5
/** Of a box, in pixels of the window. */
const LEAST_WIDTH = 14
const LEAST_HEIGHT = 5
const ROUND = 5
/** Names over a picture seen from afar, in pixels of the window. */
const LABEL_SIZE = 11
const MOST_LABELS = 60

const isThe = (thing: Thing | undefined, index: number) => thing?.kind === 'node' && thing.index === index

/** The pen stands in pixels of the layout. */
export function paintBoxes(pen: CanvasRenderingContext2D, scene: Scene): void {
  const { picture, view, width, height } = scene
  const { node } = picture.layout
  const lit = litBoxes(scene)
  const names = view.k * NAME_SIZE >= LEAST_TEXT
  pen.textBaseline = 'middle'
  picture.boxes.forEach((box, index) => {
    const [x, y] = [box.x * view.k + view.x, box.y * view.k + view.y]
    const [w, h] = [node.width * view.k, node.height * view.k]
    if (x + w < 0 || y + h < 0 || x - w > width || y - h > height) return
    pen.globalAlpha = lit === undefined || lit.has(index) ? 1 : 0.35
    paintFrame(pen, scene, box, index)
    if (names) paintTexts(pen, scene, box)
  })
  pen.globalAlpha = 1
  if (!names) paintLabels(pen, scene, lit)
}

function paintFrame(pen: CanvasRenderingContext2D, scene: Scene, box: Box, index: number): void {
  const { picture, view, colour, marks } = scene
  const { node } = picture.layout
  const [width, height] = [
    Math.max(node.width, LEAST_WIDTH / view.k),
    Math.max(node.height, LEAST_HEIGHT / view.k),
  ]
  const [left, top] = [box.x - width / 2, box.y - height / 2]
  const mark = marks.get(box.name)
  const hue = colour(mark ? `--svc-${mark.slot}` : '--svc-none')
  pen.beginPath()
  pen.roundRect(left, top, width, height, ROUND)
  // Far away the box is its service's colour: a frame and a stripe would be dust.
  const far = view.k * NAME_SIZE < LEAST_TEXT
  pen.fillStyle = far ? hue : colour('--surface')
  pen.fill()
  if (!far) {
    pen.save()
    pen.clip()
    pen.fillStyle = hue
    pen.fillRect(left, top, STRIPE, height)
    // Services of the same colour: as the swatches elsewhere.
    if (mark && mark.pattern > 0) {
      pen.fillStyle = colour('--surface')
      const step = mark.pattern === 1 ? 6 : 10
      for (let y = top + 3; y < top + height; y += step) pen.fillRect(left, y, STRIPE, 2)
    }
    pen.restore()
  }
  const loud = isThe(scene.chosen, index) || isThe(scene.lit, index)
  if (!far || loud) {
    pen.beginPath()
    pen.roundRect(left, top, width, height, ROUND)
    pen.strokeStyle = colour(loud ? '--accent' : '--line-control')
    pen.lineWidth = (loud ? 2 : 1) / Math.min(1, view.k)
    pen.setLineDash(box.service?.reported === false && !loud ? [4, 3] : [])
    pen.stroke()
    pen.setLineDash([])
  }
  if (isThe(scene.cursor, index)) {
    const out = 4 / view.k
    pen.beginPath()
    pen.roundRect(left - out, top - out, width + 2 * out, height + 2 * out, ROUND + out)
    pen.strokeStyle = colour('--accent')
    pen.lineWidth = 2 / view.k
    pen.stroke()
  }
}

function paintTexts(pen: CanvasRenderingContext2D, scene: Scene, box: Box): void {
  const { picture, view, colour, font } = scene
  const { width, height } = picture.layout.node
  const left = box.x - width / 2 + STRIPE + 7
  const room = width - STRIPE - 14
  // A service that calls and is never called has no rate of its own.
  const facts = view.k * FACT_SIZE >= LEAST_FACT
  const { service } = box
  pen.textAlign = 'left'
  pen.font = `500 ${NAME_SIZE}px ${font}`
  pen.fillStyle = colour('--ink')
  const second = facts && service !== undefined && (service.calls > 0 || service.errors > 0)
  pen.fillText(fitted(pen, box.name, room), left, box.y + (second ? -6 : 0.5))
  if (!second) return
  pen.font = `${FACT_SIZE}px ${font}`
  pen.fillStyle = colour('--ink-2')
  const y = box.y + 8.5
  pen.fillText(formatRate(service.rate), left, y)
  const kind = classOf(service)
  if (kind === 'none') return
  const share = formatShare(service.errorRatio)
  const right = box.x + width / 2 - 7
  pen.textAlign = 'right'
  pen.fillStyle = pen.strokeStyle = colour(ERROR_TOKENS[kind])
  pen.fillText(share, right, y)
  pen.beginPath()
  traceMark(pen, kind, right - pen.measureText(share).width - 8, box.y + height / 2 - 8, 3.5)
  pen.lineWidth = 1.25
  if (kind === 'many') pen.fill()
  else pen.stroke()
}

const known = new Map<string, string>()

/** As much of a name as there is room for, in the pen's font. */
function fitted(pen: CanvasRenderingContext2D, name: string, room: number): string {
  const key = `${pen.font} ${room} ${name.slice(0, 200)}`
  let text = known.get(key)
  if (text === undefined) {
    let length = 60
    text = oneLine(name, length) || '–'
    while (length > 1 && pen.measureText(text).width > room) text = oneLine(name, --length)
    if (known.size > 5000) known.clear()
    known.set(key, text)
  }
  return text
}

/** Names in the window's size: what is lit first, then by calls, as many as don't lie on each other. */
function paintLabels(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  lit: ReadonlySet<number> | undefined,
): void {
  const { picture, view, colour, font, ratio, width, height } = scene
  const weight = (index: number) => {
    if (isThe(scene.lit, index) || isThe(scene.chosen, index) || isThe(scene.cursor, index)) return Infinity
    const calls = picture.boxes[index]?.service?.calls ?? 0
    return lit?.has(index) ? 1e15 + calls : calls
  }
  const order = [...picture.boxes.keys()]
    .filter((index) => lit === undefined || lit.has(index))
    .map((index) => ({ index, weight: weight(index) }))
    .sort((a, b) => b.weight - a.weight)
  pen.save()
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  pen.font = `500 ${LABEL_SIZE}px ${font}`
  pen.textAlign = 'center'
  const taken: { x: number; y: number; half: number }[] = []
  for (const { index } of order) {
    if (taken.length >= MOST_LABELS) break
    const box = picture.boxes[index]
    if (!box) continue
    const [middle, y] = [box.x * view.k + view.x, box.y * view.k + view.y]
    if (middle < 0 || y < 0 || middle > width || y > height) continue
    const text = fitted(pen, box.name, 150)
    const half = pen.measureText(text).width / 2 + 7
    const x = Math.max(half + 2, Math.min(width - half - 2, middle))
    if (taken.some((other) => Math.abs(other.x - x) < other.half + half + 6 && Math.abs(other.y - y) < 26))
      continue
    taken.push({ x, y, half })
    pen.globalAlpha = 0.92
    pen.fillStyle = colour('--surface')
    pen.beginPath()
    pen.roundRect(x - half, y - 8, 2 * half, 16, 3)
    pen.fill()
    pen.globalAlpha = 1
    const mark = scene.marks.get(box.name)
    pen.fillStyle = colour(mark ? `--svc-${mark.slot}` : '--svc-none')
    pen.fillRect(x - half, y - 8, 4, 16)
    pen.fillStyle = colour('--ink')
    pen.fillText(text, x + 2, y + 0.5)
  }
  pen.restore()
}
