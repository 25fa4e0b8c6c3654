// A page of a real browser that is measured from within: frames after which something is drawn, frames a second,
// long tasks, and the heap of the page and its workers.
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { install } from './ui-tools.ts'

/** What a viewer's page is known by, as CSS selectors. */
export interface Hooks {
  readonly row: string
  readonly waterfall: string
}

export const HOOKS: Hooks = {
  row: '[data-testid=waterfall-row]',
  waterfall: '[data-testid=trace-waterfall]',
}

export interface Motion {
  readonly framesPerSecond: number
  /** Milliseconds between two frames: 95 % are at most this. */
  readonly p95: number
  readonly longestFrame: number
  readonly longestTask: number
}

export interface Drawn {
  readonly ms: number
  /** Between two frames, so how long the page did not answer. */
  readonly longestFrame: number
  readonly longestTask: number
}

export class BenchPage {
  readonly page: Page
  readonly #cdp: CDPSession
  readonly #hooks: Hooks
  readonly #workers = new Map<string, (answer: string) => void>()
  /** Addresses of all scripts asked for, by the page and its workers. */
  readonly scripts = new Set<string>()

  private constructor(page: Page, cdp: CDPSession, hooks: Hooks) {
    this.#hooks = hooks
    this.page = page
    this.#cdp = cdp
    page.on('response', (response) => {
      if (/javascript/.test(response.headers()['content-type'] ?? '')) this.scripts.add(response.url())
    })
  }

  /** In a profile of its own, so with nothing cached. @param patience ms that anything may take */
  static async open(browser: Browser, patience: number, hooks = HOOKS): Promise<BenchPage> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    context.setDefaultTimeout(patience)
    await context.addInitScript(install, { row: hooks.row, patience })
    const page = await context.newPage()
    const opened = new BenchPage(page, await context.newCDPSession(page), hooks)
    await opened.#watchWorkers()
    return opened
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }

  /**
   * Goes to another page of the application and waits until what `selector` finds is drawn.
   * @param how by a link, as if it were on the page; or as "forward" would, for a router that listens to its own links alone
   */
  async follow(href: string, selector: string, how: 'link' | 'forward' = 'link'): Promise<Drawn | undefined> {
    return this.page.evaluate(
      async ([href, selector, how]) => {
        const { bench } = window
        const link = document.createElement('a')
        link.href = href
        document.querySelector('#app, body')?.append(link)
        const stop = bench.record()
        const from = performance.now()
        if (how === 'link') link.click()
        else {
          history.pushState(null, '', href)
          window.dispatchEvent(new PopStateEvent('popstate', { state: null }))
        }
        link.remove()
        const ms = await bench.drawn(() => document.querySelector(selector) !== null, from, 2)
        if (ms === undefined) return undefined
        const longestFrame = stop().reduce((longest, gap) => Math.max(longest, gap), 0)
        return { ms, longestFrame, longestTask: bench.longestTask(from) }
      },
      [href, selector, how] as const,
    )
  }

  /**
   * Does what makes an event of this type, and waits until what it should cause is drawn: other rows than before, another
   * text with a number in the first element that `text` finds, or the last of all rows.
   * @returns ms from the event
   */
  async onEvent(
    type: 'keydown' | 'input',
    act: () => Promise<void>,
    result:
      { readonly is: 'other rows' | 'last row' } | { readonly is: 'other number'; readonly text: string },
  ): Promise<number | undefined> {
    await this.page.evaluate(
      ([type, result, row]) => {
        const { bench } = window
        const number = () => {
          const text = result.is === 'other number' ? document.querySelector(result.text)?.textContent : ''
          return text && /\d/.test(text) ? text : undefined
        }
        const before = { rows: bench.rows(), number: number() }
        const last = () => {
          const count = document.querySelector('[aria-rowcount]')?.getAttribute('aria-rowcount') ?? ''
          return document.querySelector(`${row}[aria-rowindex="${count}"]`) !== null
        }
        const holds = () => {
          if (result.is === 'last row') return last()
          if (result.is === 'other rows') return bench.rows() !== before.rows
          const now = number()
          return now !== undefined && now !== before.number
        }
        bench.seen = new Promise((resolve, reject) => {
          const once = { capture: true, once: true }
          const begun = (event: Event) => void bench.drawn(holds, event.timeStamp, 1).then(resolve, reject)
          window.addEventListener(type, begun, once)
        })
      },
      [type, result, this.#hooks.row] as const,
    )
    await act()
    return this.page.evaluate(() => window.bench.seen)
  }

  /**
   * Turns the wheel over the waterfall, 60 times a second.
   * @param turn what the i-th event says
   * @param changes what must be another afterwards: the rows in sight, or the address
   * @returns undefined if it is not
   */
  async wheel(
    ms: number,
    turn: (i: number) => { y: number; ctrl: boolean },
    changes: 'rows' | 'address',
  ): Promise<Motion | undefined> {
    const box = await this.page.locator(this.#hooks.waterfall).first().boundingBox()
    if (box === null) throw new Error('the waterfall is not in sight')
    const at = { x: box.x + box.width * 0.7, y: box.y + Math.min(box.height, 800) * 0.6 }
    const shown = () =>
      this.page.evaluate((what) => (what === 'rows' ? window.bench.rows() : window.location.search), changes)
    const before = await shown()
    const since = await this.page.evaluate(() => {
      window.bench.stopped = window.bench.record()
      return performance.now()
    })
    const started = performance.now()
    const sent: Promise<unknown>[] = []
    for (let i = 0; performance.now() - started < ms; i++) {
      const { y, ctrl } = turn(i)
      const event = { type: 'mouseWheel', ...at, deltaX: 0, deltaY: y, modifiers: ctrl ? 2 : 0 } as const
      sent.push(this.#cdp.send('Input.dispatchMouseEvent', event))
      await delay(Math.max(0, started + (i + 1) * (1000 / 60) - performance.now()))
    }
    const gaps = (await this.page.evaluate(() => window.bench.stopped())).sort((a, b) => a - b)
    await Promise.all(sent)
    const longestTask = await this.page.evaluate((since) => window.bench.longestTask(since), since)
    // The address follows a little later.
    await delay(500)
    if ((await shown()) === before) return undefined
    const framesPerSecond = (gaps.length * 1000) / gaps.reduce((sum, gap) => sum + gap, 0)
    const p95 = gaps[Math.floor(gaps.length * 0.95)] ?? Number.NaN
    return { framesPerSecond, p95, longestFrame: gaps.at(-1) ?? Number.NaN, longestTask }
  }

  /** Megabytes: the heaps of the page and its workers, objects of the DOM and array buffers among them. */
  async heap({ collected }: { collected: boolean }): Promise<number> {
    if (collected) {
      await this.#cdp.send('HeapProfiler.collectGarbage')
      await Promise.all(
        [...this.#workers.keys()].map((id) => this.#askWorker(id, 'HeapProfiler.collectGarbage')),
      )
    }
    const usages = await Promise.all([
      this.#cdp.send('Runtime.getHeapUsage'),
      ...[...this.#workers.keys()].map((id) => this.#askWorker(id, 'Runtime.getHeapUsage')),
    ])
    const bytes = usages.map(
      ({ usedSize = 0, embedderHeapUsedSize = 0, backingStorageSize = 0 }: Partial<HeapUsage>) =>
        usedSize + embedderHeapUsedSize + backingStorageSize,
    )
    return bytes.reduce((sum, each) => sum + each, 0) / 2 ** 20
  }

  get workers(): number {
    return this.#workers.size
  }

  /** The most that was seen, asked ten times a second, while something is done; nothing is collected for it. */
  async peakHeap(during: Promise<unknown>): Promise<number> {
    let done = false
    const watch = async () => {
      let peak = 0
      while (!done) {
        peak = Math.max(peak, await this.heap({ collected: false }))
        await delay(100)
      }
      return peak
    }
    const [peak] = await Promise.all([watch(), during.finally(() => (done = true))])
    return peak
  }

  // Playwright's own sessions do not reach into workers; messages wrapped in the page's session do.
  async #watchWorkers(): Promise<void> {
    this.#cdp.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') this.#workers.set(sessionId, () => undefined)
    })
    this.#cdp.on('Target.detachedFromTarget', ({ sessionId }) => {
      this.#workers.get(sessionId)?.('{}')
      this.#workers.delete(sessionId)
    })
    this.#cdp.on('Target.receivedMessageFromTarget', ({ sessionId, message }) =>
      this.#workers.get(sessionId)?.(message),
    )
    await this.#cdp.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    })
  }

  async #askWorker(sessionId: string, method: string): Promise<Partial<HeapUsage>> {
    const answer = new Promise<string>((resolve) => this.#workers.set(sessionId, resolve))
    const message = JSON.stringify({ id: 1, method })
    await this.#cdp.send('Target.sendMessageToTarget', { sessionId, message })
    return (JSON.parse(await answer) as { result?: Partial<HeapUsage> }).result ?? {}
  }
}

interface HeapUsage {
  readonly usedSize: number
  readonly embedderHeapUsedSize: number
  readonly backingStorageSize: number
}
