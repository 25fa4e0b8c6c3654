// Choosing a stretch of time by dragging over a scale, and zooming and panning by wheel: what ruler, lanes and minimap share.
import type { TimeWindow } from '../../routing/trace-url.ts'

/** The share of an element's width at which the pointer is, 0..1. */
export function shareAt(event: MouseEvent, element: Element): number {
  const box = element.getBoundingClientRect()
  return box.width === 0 ? 0 : Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
}

export const timeAt = (share: number, { start, end }: TimeWindow) => start + share * (end - start)

/** A stretch being dragged, from where it began to where the pointer is; its scale's own time. */
export class TimeDrag {
  stretch = $state.raw<TimeWindow>()
  readonly #scale: () => TimeWindow
  readonly #done: (stretch: TimeWindow) => void

  constructor(scale: () => TimeWindow, done: (stretch: TimeWindow) => void) {
    this.#scale = scale
    this.#done = done
  }

  start = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    const at = timeAt(shareAt(event, event.currentTarget), this.#scale())
    this.stretch = { start: at, end: at }
  }

  move = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (!this.stretch) return
    this.stretch = {
      start: this.stretch.start,
      end: timeAt(shareAt(event, event.currentTarget), this.#scale()),
    }
  }

  end = (): void => {
    if (!this.stretch) return
    const { start, end } = this.stretch
    this.stretch = undefined
    const scale = this.#scale()
    // A click is not a drag: less than half a percent is nothing chosen.
    if (Math.abs(end - start) > (scale.end - scale.start) / 200 && Math.abs(end - start) >= 1)
      this.#done({ start: Math.min(start, end), end: Math.max(start, end) })
  }

  cancel = (): void => {
    this.stretch = undefined
  }
}

/** What a turn of the wheel means over a time line: zoom with Ctrl (or a pinch), pan sideways; otherwise nothing of ours. */
export function wheelMeaning(event: WheelEvent): { zoom: number } | { pan: number } | undefined {
  const line = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
  if (event.ctrlKey || event.metaKey) return { zoom: Math.exp(event.deltaY * line * 0.0028) }
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
  if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY))
    return { pan: (sideways * line) / 900 }
  return undefined
}
