// What the painters are told: the picture, where one looks at it from, and what stands out.
import type { ServiceMark } from '../design/colors.ts'
import { type ErrorClass, errorClass } from './encode.ts'
import type { Picture, Thing } from './picture.ts'

export interface Scene {
  readonly picture: Picture
  /** Where the layout's corner is, in pixels of the window, and how large a pixel of the layout. */
  readonly view: { readonly x: number; readonly y: number; readonly k: number }
  /** Of the window. */
  readonly width: number
  readonly height: number
  /** Device pixels of a pixel. */
  readonly ratio: number
  /** Under the pointer, or where the keys are: it and what belongs to it stand out, the others step back. */
  readonly lit: Thing | undefined
  /** Shown beside the picture. */
  readonly chosen: Thing | undefined
  /** Where the keys are. */
  readonly cursor: Thing | undefined
  /** Calls of the busiest edge of all. */
  readonly most: number
  readonly marks: ReadonlyMap<string, ServiceMark>
  /** The colour of a token. */
  readonly colour: (token: string) => string
  /** Family of the texts. */
  readonly font: string
}

/** Edges that stand out, in the order they are drawn; none if nothing is lit. */
export function litEdges({ picture, lit }: Pick<Scene, 'picture' | 'lit'>): readonly number[] {
  if (lit === undefined) return []
  if (lit.kind === 'edge') return [lit.index]
  const box = picture.boxes[lit.index]
  return box ? [...box.incoming, ...box.outgoing] : []
}

/** The boxes that stand out; undefined if nothing is lit. */
export function litBoxes(scene: Pick<Scene, 'picture' | 'lit'>): ReadonlySet<number> | undefined {
  const { lit, picture } = scene
  if (lit === undefined) return undefined
  const boxes = new Set(
    litEdges(scene).flatMap((edge) => [picture.layout.from[edge] ?? -1, picture.layout.to[edge] ?? -1]),
  )
  if (lit.kind === 'node') boxes.add(lit.index)
  return boxes
}

export const ERROR_TOKENS: Readonly<Record<ErrorClass, string>> = {
  none: '--ink-3',
  few: '--warn',
  some: '--warn',
  many: '--error',
}

export const classOf = ({ errorRatio }: { errorRatio: number }) => errorClass(errorRatio)

/** A shape a class, as colour alone says nothing to some: a ring, a triangle, a square; (x, y) is its middle. */
export function traceMark(
  pen: Path2D | CanvasRenderingContext2D,
  kind: ErrorClass,
  x: number,
  y: number,
  r: number,
): void {
  if (kind === 'few') {
    pen.moveTo(x + r * 0.8, y)
    pen.arc(x, y, r * 0.8, 0, 2 * Math.PI)
  } else if (kind === 'some') {
    pen.moveTo(x, y - r)
    pen.lineTo(x + r, y + r * 0.8)
    pen.lineTo(x - r, y + r * 0.8)
    pen.closePath()
  } else if (kind === 'many') pen.rect(x - r * 0.85, y - r * 0.85, 1.7 * r, 1.7 * r)
}
