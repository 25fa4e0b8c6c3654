// How far a transfer is, drawn on a terminal as one line that is written over; elsewhere nothing is drawn.
import { counted } from './transfer.ts'

export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface State {
  readonly spans: number
  readonly bytes: number
  /** 0 to 1; undefined when the end is not known. */
  readonly share: number | undefined
  /** What else is worth a word. */
  readonly note?: string | undefined
}

const EVERY_MS = 100
const BAR = 24
const CLEAR = '\r\u001b[K'

export class Progress {
  readonly #terminal: Terminal
  readonly #now: () => number
  readonly #startedAt: number
  #drawnAt = -Infinity

  constructor(terminal: Terminal, now = () => performance.now()) {
    this.#terminal = terminal
    this.#now = now
    this.#startedAt = now()
  }

  /** Draws, unless it has just done so. */
  show(state: State): void {
    const now = this.#now()
    if (this.#terminal.isTTY !== true || now - this.#drawnAt < EVERY_MS) return
    this.#drawnAt = now
    this.#terminal.write(CLEAR + this.#line(state).slice(0, (this.#terminal.columns ?? 80) - 1))
  }

  /** A line of its own, above the bar. */
  say(text: string): void {
    this.#clear()
    this.#terminal.write(`${text}\n`)
  }

  /** `12 MB in 3 s, 40,000 spans/s` */
  rate({ spans, bytes }: Pick<State, 'spans' | 'bytes'>): string {
    const seconds = Math.max(0.001, (this.#now() - this.#startedAt) / 1000)
    const perSecond = counted(Math.round(spans / seconds), 'span')
    return `${megabytes(bytes)} in ${seconds.toFixed(1)} s, ${perSecond}/s`
  }

  #line(state: State): string {
    const { share, spans, note } = state
    const rest = `${counted(spans, 'span')}, ${this.rate(state)}${note === undefined ? '' : `, ${note}`}`
    if (share === undefined) return rest
    const bounded = Math.min(1, Math.max(0, share))
    const full = Math.round(bounded * BAR)
    return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.floor(bounded * 100)} %  ${rest}`
  }

  #clear(): void {
    if (this.#drawnAt === -Infinity) return
    this.#terminal.write(CLEAR)
    this.#drawnAt = -Infinity
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
