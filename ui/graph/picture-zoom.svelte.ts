// What of the picture is in the window: moved by wheel, drag, pinch and keys, and by the address.
import { select } from 'd3-selection'
import { type D3ZoomEvent, zoom as zooming, zoomIdentity, type ZoomTransform } from 'd3-zoom'
import { untrack } from 'svelte'
import type { Sight } from '../routing/graph-url.ts'
import type { Picture } from './picture.ts'

interface Around {
  readonly canvas: () => HTMLCanvasElement | undefined
  /** Of the window, in pixels. */
  readonly size: () => { readonly width: number; readonly height: number }
  readonly picture: () => Picture
  /** Another one: another picture, to be seen as a whole. */
  readonly anew: () => number
  /** As the address has it; undefined for all of the picture. */
  readonly sight: () => Sight | undefined
  readonly onsight: (sight: Sight | undefined) => void
}

const MARGIN = 24
const FARTHEST = 0.02
const NEAREST = 4
/** A small graph is not blown up more than this. */
const MOST_FITTED = 1.15

/** To be made while a component is set up. */
export class PictureZoom {
  readonly #around: Around
  readonly #behaviour = zooming<HTMLCanvasElement, unknown>().clickDistance(4)
  view = $state.raw<ZoomTransform>(zoomIdentity)
  /** As the address had it when it was last followed or written; what is the same is not followed again. */
  #followed: Sight | undefined
  #moved = false
  #fitted = ''

  constructor(around: Around) {
    this.#around = around
    $effect(() => {
      const canvas = around.canvas()
      if (!canvas) return undefined
      const selection = select(canvas)
      type Event = D3ZoomEvent<HTMLCanvasElement, unknown>
      this.#behaviour
        .on('zoom', ({ transform }: Event) => (this.view = transform))
        .on('end', ({ sourceEvent }: Event) => {
          if (sourceEvent) this.#tell()
        })
      selection.call(this.#behaviour).on('dblclick.zoom', null)
      return () => selection.on('.zoom', null)
    })
    $effect(() => {
      const { width, height } = around.size()
      const { layout } = around.picture()
      const k = Math.min(this.#fit.k, 1)
      const [asideX, asideY] = [width / k / 2, height / k / 2]
      this.#behaviour.scaleExtent([Math.min(0.5, k * 0.7), NEAREST]).translateExtent([
        [-asideX, -asideY],
        [layout.width + asideX, layout.height + asideY],
      ])
    })
    $effect(() => {
      const [sight, canvas, anew, { width, height }] = [
        around.sight(),
        around.canvas(),
        around.anew(),
        around.size(),
      ]
      if (canvas && width > 0) untrack(() => this.#follow(canvas, sight, anew, `${anew} ${width} ${height}`))
    })
  }

  get #fit(): ZoomTransform {
    const { width, height } = this.#around.size()
    const { layout } = this.#around.picture()
    const k = Math.min(
      (width - 2 * MARGIN) / layout.width,
      (height - 2 * MARGIN) / layout.height,
      MOST_FITTED,
    )
    const scale = Number.isFinite(k) ? Math.max(FARTHEST, k) : FARTHEST
    return zoomIdentity
      .translate((width - layout.width * scale) / 2, (height - layout.height * scale) / 2)
      .scale(scale)
  }

  /** All of a new picture, or where the address says; what somebody moved stays as the window's size changes. */
  #follow(canvas: HTMLCanvasElement, sight: Sight | undefined, anew: number, now: string): void {
    const told = !alike(sight, this.#followed) || (sight !== undefined && this.#fitted === '')
    if (now === this.#fitted && !told) return
    const stays = !told && this.#moved && this.#fitted.startsWith(`${anew} `)
    this.#fitted = now
    if (stays) return
    this.#followed = sight
    this.#moved = sight !== undefined
    const { width, height } = this.#around.size()
    const transform = sight
      ? zoomIdentity
          .translate(width / 2 - sight.x * sight.scale, height / 2 - sight.y * sight.scale)
          .scale(sight.scale)
      : this.#fit
    this.#behaviour.transform(select(canvas), transform)
    this.view = transform
  }

  #tell(): void {
    const { width, height } = this.#around.size()
    const { x, y, k } = this.view
    const sight = {
      x: Math.round((width / 2 - x) / k),
      y: Math.round((height / 2 - y) / k),
      scale: Number(k.toFixed(4)),
    }
    const fit = this.#fit
    const still =
      this.#followed === undefined
        ? Math.abs(k - fit.k) < 1e-6 && Math.abs(x - fit.x) < 0.5 && Math.abs(y - fit.y) < 0.5
        : alike(this.#followed, sight)
    if (still) return
    this.#followed = sight
    this.#moved = true
    this.#around.onsight(sight)
  }

  by(factor: number): void {
    const canvas = this.#around.canvas()
    if (!canvas) return
    this.#behaviour.scaleBy(select(canvas), factor)
    this.#tell()
  }

  all(): void {
    const canvas = this.#around.canvas()
    if (!canvas) return
    this.#behaviour.transform(select(canvas), this.#fit)
    this.#followed = undefined
    this.#moved = false
    this.#around.onsight(undefined)
  }

  /** Moves a place of the picture into the window, if it isn't well in it. */
  reveal(place: { readonly x: number; readonly y: number }): void {
    const canvas = this.#around.canvas()
    const { width, height } = this.#around.size()
    if (!canvas || width === 0) return
    const [x, y] = this.view.apply([place.x, place.y])
    const margin = Math.min(100, width / 5, height / 5)
    if (x > margin && y > margin && x < width - margin && y < height - margin) return
    this.#behaviour.translateTo(select(canvas), place.x, place.y)
    this.#tell()
  }
}

const alike = (a: Sight | undefined, b: Sight | undefined) =>
  a?.x === b?.x && a?.y === b?.y && a?.scale === b?.scale
