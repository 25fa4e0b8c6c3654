// What flame graph and icicle tell the picture that both are drawn by.
import type { Snippet } from 'svelte'
import type { ServiceMark } from '../../design/colors.ts'
import type { TraceState } from '../trace-state.svelte.ts'
import type { BoxFacts } from './BoxTip.svelte'
import type { Boxes, Extent } from './boxes.ts'

export type Way = 'parent' | 'child' | 'next' | 'previous'

export interface PictureProps {
  trace: TraceState
  boxes: Boxes
  marks: Uint8Array
  /** What the width shows. */
  extent: Extent
  /** The first level is at the bottom. */
  upwards?: boolean
  label: string
  testid: string
  markOf: (box: number) => ServiceMark | undefined
  nameOf: (box: number) => string
  /** See Picture. */
  path?: (box: number, part: (from: number, to: number) => void) => void
  factsOf: (box: number) => BoxFacts
  /** Where a key leads from a box; -1 for nowhere. */
  step: (box: number, way: Way) => number
  zoomIn: (box: number) => void
  /** Gives false if there is nothing to go back from. */
  zoomOut: () => boolean
  /** A turn of the wheel that is not for scrolling; where, in the extent's unit. */
  turned?: (meaning: { zoom: number } | { pan: number }, at: number) => void
  /** Above the picture, as wide as it. */
  head: Snippet<[number]>
}
