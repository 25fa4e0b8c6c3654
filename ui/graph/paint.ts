// Draws a whole picture on a canvas.
import { paintBoxes } from './paint-boxes.ts'
import { paintEdges } from './paint-edges.ts'
import type { Scene } from './scene.ts'

export function paint(pen: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height, ratio, view, colour } = scene
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  pen.globalAlpha = 1
  pen.fillStyle = colour('--surface')
  pen.fillRect(0, 0, width, height)
  pen.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y)
  paintEdges(pen, scene)
  paintBoxes(pen, scene)
}
