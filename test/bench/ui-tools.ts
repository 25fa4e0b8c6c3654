// What measures from within a page: frames after which something is drawn, times between frames, long tasks.

/** What every page of the bench has on its window. Times are milliseconds since the navigation began. */
interface Tools {
  /** The search box can have the focus and the results, or that there are none, are drawn. */
  interactive: Promise<number | undefined>
  /** What was asked for with `BenchPage.onEvent`. */
  seen: Promise<number | undefined>
  /**
   * How long it took from `from` until so many more frames had begun after the one in which `holds` held: with one, what
   * holds is on the screen; with two, also what was drawn by a script of the next frame. Undefined when it took too long.
   */
  drawn(holds: () => boolean, from: number, more: number): Promise<number | undefined>
  /** Milliseconds between the frames from the call on, until the function that it gives is called. */
  record(): () => number[]
  /**
   * The longest task that ended after `since`; 0 if none took 50 ms. Chromium leaves out what goes on with a promise, such as
   * the reading of a big JSON: times between frames show that, too.
   */
  longestTask(since: number): number
  /** What the rows in sight read. */
  rows(): string
  /** Ends what `BenchPage.wheel` records. */
  stopped: () => number[]
}

declare global {
  interface Window {
    bench: Tools
  }
}

/** Runs in the page, before its scripts: knows nothing of this module but its argument. */
export function install({ row, patience }: { row: string; patience: number }): void {
  const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()))
  const tasks: PerformanceEntry[] = []
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()))
  observer.observe({ type: 'longtask', buffered: true })
  const drawn: Tools['drawn'] = async (holds, from, more) => {
    const until = performance.now() + patience
    while (!holds()) {
      if (performance.now() > until) return undefined
      await frame()
    }
    for (let i = 0; i < more; i++) await frame()
    return performance.now() - from
  }
  const isInteractive = () => {
    const box = document.querySelector('[data-testid=search-box]')
    const field = 'input:not(:disabled), textarea:not(:disabled), [contenteditable=true]'
    const canFocus = box?.matches(field) || box?.querySelector(field) != null
    return canFocus && document.querySelector('[data-testid=search-results]') !== null
  }
  window.bench = {
    interactive: drawn(isInteractive, 0, 1),
    seen: Promise.resolve(undefined),
    drawn,
    record() {
      const times: number[] = []
      let on = true
      const next = (time: number) => {
        times.push(time)
        if (on) requestAnimationFrame(next)
      }
      requestAnimationFrame(next)
      return () => {
        on = false
        return times.slice(1).map((time, i) => time - (times[i] ?? time))
      }
    },
    longestTask(since) {
      tasks.push(...observer.takeRecords())
      return tasks.reduce(
        (longest, { startTime, duration }) =>
          startTime + duration > since && duration > longest ? duration : longest,
        0,
      )
    },
    rows: () => [...document.querySelectorAll(row)].map(({ textContent }) => textContent).join('\n'),
    stopped: () => [],
  }
}
