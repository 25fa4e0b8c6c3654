// The state of an open trace, shared by all of its views: what is folded, found, dimmed, selected, in sight. What a link
// is to show another lives in the URL; this class reads it and changes it there.
import { type Hop, type SpanRow, type TraceColumns, TraceTable } from '@hopscope/model'
import { type ServiceMark, serviceMarks } from '../design/colors.ts'
import { router } from '../routing/router.svelte.ts'
import { withParams } from '../routing/routes.ts'
import { type TimeWindow, windowFrom, windowText } from '../routing/trace-url.ts'
import { criticalByRow } from './data/critical.ts'
import { errorOrigins, retriesByRow } from './data/failures.ts'
import { dimmedRows, parseFilter, printFilter, type TraceFilter } from './data/filters.ts'
import { foundRows } from './data/find.ts'
import {
  foldedAll,
  foldedBelow,
  foldsOf,
  type FoldsText,
  parseFolds,
  printFolds,
  turnedRow,
  turnedService,
  uncovered,
} from './data/folds.ts'
import { keyOf, rowOf } from './data/keys.ts'
import { messagesOf } from './data/messages.ts'
import * as rows from './data/rows.ts'

export const TRACE_VIEWS = ['waterfall', 'flame', 'icicle', 'table', 'services'] as const
export type TraceViewId = (typeof TRACE_VIEWS)[number]

/** Rows that are in sight are asked for again and again; more than a screen of them are kept. */
const ROWS_KEPT = 512

export class TraceState {
  readonly table: TraceTable
  /** Marks by service name. */
  readonly marks: ReadonlyMap<string, ServiceMark>
  /** By the index of `columns.services`. */
  readonly markOf: readonly (ServiceMark | undefined)[]
  readonly critical
  readonly retries
  readonly messages
  /** One byte a row, 1 for failed rows below which nothing failed. */
  readonly origins: Uint8Array
  readonly #rows = new Map<number, SpanRow>()
  /** Where the cursor was put last; an open panel's span is always under it. */
  #put = 0
  /** Raised when the cursor moved by key or jump, so that the view scrolls to it. */
  revealCount = $state(0)

  constructor(columns: TraceColumns) {
    const table = new TraceTable(columns)
    this.table = table
    this.marks = serviceMarks(columns.services.map(({ name }) => name))
    this.markOf = columns.services.map(({ name }) => this.marks.get(name))
    this.critical = criticalByRow(table)
    this.retries = retriesByRow(table)
    this.messages = messagesOf(table)
    this.origins = errorOrigins(table)
    this.#put = this.root
  }

  #param = (name: string) => router.params.get(name) ?? ''
  #foldsParam = $derived(this.#param('collapsed'))
  #spanParam = $derived(this.#param('span'))
  #rootParam = $derived(this.#param('root'))
  #dimParam = $derived(this.#param('dim'))
  #windowParam = $derived(router.params.get('window'))
  #viewParam = $derived(this.#param('view'))
  #findParam = $derived(this.#param('find'))

  /** As typed; {@link keepFind} writes it to the URL, back and forward bring another. */
  find = $derived(this.#findParam)

  view: TraceViewId = $derived(TRACE_VIEWS.find((id) => id === this.#viewParam) ?? 'waterfall')
  folds = $derived.by(() => foldsOf(this.table, parseFolds(this.#foldsParam)))
  isFolding = $derived(this.#foldsParam !== '')
  /** The row that stands on top; 0, the trace's own root, unless another one was chosen. */
  root = $derived.by(() => Math.max(0, this.#rootParam ? rowOf(this.table, this.#rootParam) : 0))
  range: rows.RowRange = $derived.by(() => ({
    first: this.root,
    end: this.root + (this.columns.rows.descendants[this.root] ?? -1) + 1,
  }))
  visible = $derived.by(() => rows.visibleRows(this.table, this.folds, this.root))
  found = $derived.by(() => foundRows(this.table, this.find))
  /** Of the rows below the one on top, as are the failures counted and gone to. */
  foundCount = $derived(this.found ? rows.countMarked(this.found, this.range) : 0)
  originCount = $derived.by(() => rows.countMarked(this.origins, this.range))
  filter: TraceFilter = $derived(parseFilter(this.#dimParam))
  dimmed = $derived.by(() => dimmedRows(this.table, this.filter))
  selected = $derived.by(() => (this.#spanParam ? rowOf(this.table, this.#spanParam) : -1))
  cursor = $derived.by(() => {
    if (this.selected >= 0) this.#put = this.selected
    return this.#put
  })
  /** All there is to see: the trace, or the time of the row on top. Microseconds from the trace's start. */
  whole: TimeWindow = $derived.by(() => this.#wholeOf(this.root))
  window: TimeWindow = $derived.by(() =>
    this.#windowParam ? windowFrom(this.#windowParam, this.columns.duration) : this.whole,
  )
  zoomed = $derived(this.window.start > this.whole.start || this.window.end < this.whole.end)

  get columns(): TraceColumns {
    return this.table.columns
  }

  row(index: number): SpanRow | undefined {
    if (index < 0 || index >= this.table.size) return undefined
    let row = this.#rows.get(index)
    if (row === undefined) {
      if (this.#rows.size >= ROWS_KEPT) this.#rows.clear()
      this.#rows.set(index, (row = this.table.row(index)))
    }
    return row
  }

  hop(index: number | undefined): Hop | undefined {
    return index === undefined ? undefined : this.table.hop(index)
  }

  #wholeOf(root: number): TimeWindow {
    const { start, duration } = this.columns.rows
    const from = root === 0 ? 0 : (start[root] as number)
    const end = root === 0 ? this.columns.duration : from + (duration[root] as number)
    return { start: from, end: Math.max(end, from + 1) }
  }

  hrefWith(changes: Readonly<Record<string, string | undefined>>): string {
    const query = withParams(router.search, changes)
    return query ? `${router.pathname}?${query}` : router.pathname
  }

  hrefOf(index: number): string {
    return this.hrefWith({ span: keyOf(this.table, index) })
  }

  /** Opens the detail panel: a step that "back" undoes if the panel was closed. */
  select(index: number): void {
    this.#putCursor(index)
    const href = this.hrefOf(index)
    if (this.selected >= 0) router.replace(href)
    else router.push(href)
  }

  close(): void {
    if (this.selected >= 0) router.push(this.hrefWith({ span: undefined }))
  }

  show(view: TraceViewId): void {
    const others = { box: undefined, sort: undefined, by: undefined, only: undefined }
    router.push(this.hrefWith({ ...others, view: view === 'waterfall' ? undefined : view }))
  }

  /** undefined: everything. Times beyond the whole are cut; less than a microsecond is no window. */
  zoom(window: TimeWindow | undefined): void {
    if (!window) return router.replace(this.hrefWith({ window: undefined }))
    const { whole } = this
    const start = Math.max(whole.start, Math.min(window.start, whole.end - 1))
    const end = Math.min(whole.end, Math.max(window.end, start + 1))
    const everything = start <= whole.start && end >= whole.end
    router.replace(this.hrefWith({ window: everything ? undefined : windowText({ start, end }) }))
  }

  /** Smaller (factor below 1) or larger, around a time, which stays where it is. */
  zoomAround(at: number, factor: number): void {
    const { start, end } = this.window
    this.zoom({ start: at - (at - start) * factor, end: at + (end - at) * factor })
  }

  /** By a share of the window's length; stops at the ends. */
  pan(share: number): void {
    const { whole, window } = this
    const length = window.end - window.start
    const start = Math.min(Math.max(whole.start, window.start + share * length), whole.end - length)
    this.zoom({ start, end: start + length })
  }

  /** Puts a row on top, alone with what is below it; 0 or less: the whole trace again. */
  reroot(index: number): void {
    const root = index > 0 ? keyOf(this.table, index) : undefined
    router.push(this.hrefWith({ root, window: undefined }))
    this.#putCursor(Math.max(0, index))
  }

  dim(filter: TraceFilter): void {
    router.replace(this.hrefWith({ dim: printFilter(filter) }))
  }

  /** Kept in the URL, too; the field itself is `find`. */
  keepFind(): void {
    router.replace(this.hrefWith({ find: this.find.trim() || undefined }))
  }

  /** The cursor goes there; an open panel follows it. */
  moveTo(index: number): void {
    if (index < 0) return
    const { first, end } = this.range
    if (index < first || index >= end) router.push(this.hrefWith({ root: undefined, window: undefined }))
    this.uncover(index)
    this.#putCursor(index)
    this.revealCount += 1
    if (this.selected >= 0) router.replace(this.hrefOf(index))
  }

  /** Opens whatever hides the row. */
  uncover(index: number): void {
    if (rows.isCovered(this.table, this.folds, index))
      this.#fold(uncovered(parseFolds(this.#foldsParam), this.table, index))
  }

  #putCursor(index: number): void {
    this.#put = index
    this.cursor = index
  }

  move(move: rows.Move, page: number): void {
    this.moveTo(rows.moved(this.visible, this.cursor, move, page))
  }

  nextError(back = false): void {
    this.moveTo(rows.nextMarked(this.origins, this.range, this.cursor, back))
  }

  nextFound(back = false): void {
    if (this.found) this.moveTo(rows.nextMarked(this.found, this.range, this.cursor, back))
  }

  toggle(index: number): void {
    this.#fold(turnedRow(parseFolds(this.#foldsParam), this.table, index))
  }

  toggleService(name: string): void {
    this.#fold(turnedService(parseFolds(this.#foldsParam), name))
  }

  #fold(text: FoldsText): void {
    router.replace(this.hrefWith({ collapsed: printFolds(text) }))
  }

  /** Right: opens a closed row, else goes to its first child. */
  expand(): void {
    if (this.table.childCount[this.cursor] === 0) return
    if (this.folds[this.cursor] === 1) this.toggle(this.cursor)
    else this.moveTo(this.cursor + 1)
  }

  /** Left: closes an open row, else goes to its parent. */
  collapse(): void {
    if (this.table.childCount[this.cursor] !== 0 && this.folds[this.cursor] === 0) this.toggle(this.cursor)
    else if (this.cursor > this.root) this.moveTo(this.columns.rows.parent[this.cursor] ?? -1)
  }

  collapseAll(): void {
    this.#foldByRule(foldedAll)
  }

  /** Shows so many levels below the root on top. */
  collapseBelow(levels: number): void {
    this.#foldByRule(foldedBelow((this.table.depth[this.root] ?? 0) + levels))
  }

  expandAll(): void {
    this.#foldByRule(parseFolds(''))
  }

  #foldByRule(text: FoldsText): void {
    this.#fold(text)
    const { visible } = this
    this.#putCursor(visible[rows.placeOf(visible, this.cursor)] ?? this.root)
  }

  /** The part of the trace that the cursor's span fills, with a little room around it. */
  zoomToCursor(): void {
    const { start, duration } = this.columns.rows
    const [from, length] = [start[this.cursor] ?? 0, duration[this.cursor] ?? 0]
    if (length > 0) this.zoom({ start: from - length * 0.04, end: from + length * 1.04 })
  }
}
