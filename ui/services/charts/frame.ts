// Where in a chart's box of pixels its values lie, and what is drawn there.
import type { Values } from './path.ts'
import { middleOf, type Slices, type ValueAxis } from './scale.ts'

export interface ChartLine {
  readonly name: string
  readonly values: Values
  readonly tone: 'first' | 'second' | 'third' | 'bad'
  /** What the legend says: of the slice under the mark, else of the whole time. */
  readonly legend: string
}

/** A dot that opens what it stands for. */
export interface ChartDot {
  readonly index: number
  readonly value: number
  readonly href: string
  readonly label: string
  readonly tone: 'plain' | 'bad'
}

/** Pixels from the left and the top. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  /** Of a slice's middle. */
  readonly x: (index: number) => number
  readonly y: (value: number) => number
}

const HEIGHT = 148
const TOP = 8
const LEFT = 50
/** For the times below. */
const BELOW = 18
/** For the names of lines at their ends, if there are several. */
const NAMES = 30
const BESIDE = 10

export function frameOf(width: number, slices: Slices, axis: ValueAxis, lines: number): Frame {
  const right = width - (lines > 1 ? NAMES : BESIDE)
  const bottom = HEIGHT - BELOW
  return {
    width,
    height: HEIGHT,
    left: LEFT,
    right,
    top: TOP,
    bottom,
    x: (index) => LEFT + middleOf(slices, index) * (right - LEFT),
    y: (value) => bottom - Math.min(1, value / axis.top) * (bottom - TOP),
  }
}
