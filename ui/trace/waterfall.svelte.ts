// The state of one trace's waterfall: what is collapsed, where the cursor is, what is selected and in sight.
// Folds, selection and window live in the URL; this class reads and changes them there.
import type { TraceView } from '@hopscope/model'
import { serviceMarks } from '../design/colors.ts'
import { foldsFrom, foldsText } from './folds.ts'
import { messagesOf } from './messages.ts'
import * as rows from './rows.ts'
import { criticalByRow } from './timeline.ts'
import { type TimeWindow, traceHref, windowFrom, windowText, withParams } from '../routing/urls.ts'
import { router } from '../routing/router.svelte.ts'

export class Waterfall {
  readonly view: TraceView
  readonly marks
  readonly critical
  readonly retries
  readonly messages
  /** Failed rows below which nothing failed. */
  readonly origins: ReadonlySet<number>
  readonly #keys
  cursor = $state(0)
  find = $state('')
  /** Raised when the cursor moved by key or jump, so that the view scrolls to it. */
  revealCount = $state(0)

  constructor(view: TraceView) {
    this.view = view
    this.marks = serviceMarks(view.services.map(({ name }) => name))
    this.critical = criticalByRow(view)
    this.retries = rows.retriesByRow(view)
    this.messages = messagesOf(view)
    this.origins = new Set(rows.errorOrigins(view.spans))
    this.#keys = rows.spanKeys(view.spans)
    if (this.selected >= 0) this.cursor = this.selected
  }

  #foldsParam = $derived(router.params.get('collapsed') ?? '')
  collapsed = $derived.by(() => foldsFrom(this.view.spans, this.#keys, this.#foldsParam))
  visible = $derived.by(() => rows.visibleRows(this.view.spans, this.collapsed))
  found = $derived.by(() => rows.foundRows(this.view.spans, this.find))
  foundSet = $derived(new Set(this.found))
  #spanParam = $derived(router.params.get('span') ?? '')
  #windowParam = $derived(router.params.get('window'))
  selected = $derived.by(() => (this.#spanParam ? this.#keys.indexOf(this.#spanParam) : -1))
  window = $derived.by(() => windowFrom(this.#windowParam, this.view.duration))
  zoomed = $derived.by(() => this.window.start > 0 || this.window.end < this.view.duration)

  hrefOf(index: number): string {
    return this.#href({ span: this.#keys.keyOf(index) })
  }

  #href(changes: Readonly<Record<string, string | undefined>>): string {
    return traceHref(this.view.traceId, withParams(router.search, changes))
  }

  /** Opens the detail panel: a step that "back" undoes if the panel was closed. */
  select(index: number): void {
    this.cursor = index
    const href = this.hrefOf(index)
    if (this.selected >= 0) router.replace(href)
    else router.push(href)
  }

  close(): void {
    if (this.selected >= 0) router.replace(this.#href({ span: undefined }))
  }

  zoom(window: TimeWindow | undefined): void {
    router.replace(this.#href({ window: window && windowText(window) }))
  }

  /** The cursor goes there; an open panel follows it. */
  moveTo(index: number): void {
    if (index < 0) return
    this.#fold(rows.revealed(this.view.spans, this.collapsed, index))
    this.cursor = index
    this.revealCount += 1
    if (this.selected >= 0) router.replace(this.hrefOf(index))
  }

  move(move: rows.Move, page: number): void {
    this.moveTo(rows.moved(this.visible, this.cursor, move, page))
  }

  nextError(back = false): void {
    this.moveTo(rows.nextOf([...this.origins], this.cursor, back))
  }

  nextFound(back = false): void {
    this.moveTo(rows.nextOf(this.found, this.cursor, back))
  }

  toggle(index: number): void {
    const next = new Set(this.collapsed)
    if (!next.delete(index)) next.add(index)
    this.#fold(next)
  }

  #fold(folded: ReadonlySet<number>): void {
    if (folded === this.collapsed) return
    router.replace(this.#href({ collapsed: foldsText(this.view.spans, this.#keys, folded) }))
  }

  /** Right: opens a closed row, else goes to its first child. */
  expand(): void {
    const row = this.view.spans[this.cursor]
    if (!row || row.childCount === 0) return
    if (this.collapsed.has(row.index)) this.toggle(row.index)
    else this.moveTo(row.index + 1)
  }

  /** Left: closes an open row, else goes to its parent. */
  collapse(): void {
    const row = this.view.spans[this.cursor]
    if (!row) return
    if (row.childCount > 0 && !this.collapsed.has(row.index)) this.toggle(row.index)
    else this.moveTo(row.parent)
  }

  collapseAll(): void {
    this.#fold(rows.collapsible(this.view.spans))
    const visible = this.visible
    this.cursor = visible[rows.placeOf(visible, this.cursor)] ?? 0
  }

  expandAll(): void {
    this.#fold(new Set())
  }

  /** The part of the trace that the cursor's span fills, with a little room around it. */
  zoomToCursor(): void {
    const row = this.view.spans[this.cursor]
    if (!row || row.duration === 0) return
    const room = row.duration * 0.04
    const start = Math.max(0, row.start - this.view.start - room)
    this.zoom({ start, end: row.start - this.view.start + row.duration + room })
  }
}
