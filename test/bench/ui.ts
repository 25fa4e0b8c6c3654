// How fast the viewer is in a real browser: its first page, traces up to 100,000 spans and 50,000 deep, and the graph of
// services; beside it Zipkin's own viewer on the same traces, where a Zipkin can be started.
import { gzipSync } from 'node:zlib'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { findBrowser } from '../browser/chromium-path.ts'
import { startServer } from '../support/server-process.ts'
import { quantile, Report } from './report.ts'
import {
  fillWithGraph,
  fillWithTraces,
  post,
  randomTraceOf,
  type Size,
  SIZES,
  type StoredTraces,
} from './ui-data.ts'
import { BenchPage, type Drawn, HOOKS, type Motion } from './ui-page.ts'
import { zipkinViewer } from './ui-zipkin.ts'

const ROUNDS: Readonly<Record<Size, number>> = { 1000: 7, 10_000: 5, 100_000: 3 }
const FIRST_PAGE_ROUNDS = 7
const KEY_ROUNDS = 5
const ZIPKIN_ROUNDS = 3
const MOTION_MS = 5000
const SCROLL = () => ({ y: 240, ctrl: false })
// In and out again, and further in by and by.
const ZOOM = (i: number) => ({ y: i % 70 < 40 ? -60 : 60, ctrl: true })
/** What takes longer is missing. */
const PATIENCE_MS = 60_000
const GRAPH_PATIENCE_MS = 15_000
/** What people take to read the first page before they click; the page may use it to load ahead. */
const READING_MS = 1000

const FIND = '[data-testid=find], .tools input[type=search]'
const FIND_COUNT = '[data-testid=find-count], .find [role=status]'
const WORDS = ['service-7', 'operation 13', 'resource/4711', 'eu-central', 'error']
const GRAPH = '[data-testid=service-graph][data-drawn=true]'

/** `spans` of the load around the traces. */
export async function ui(spans: number): Promise<void> {
  const program = findBrowser()
  if (program === undefined) throw new Error('no Chromium starts here')
  const report = new Report('ui')
  const browser = await chromium.launch({
    executablePath: program.executablePath,
    args: [...program.args],
  })
  try {
    const server = await startServer()
    try {
      const traces = await fillWithTraces(server.url, spans)
      const viewer: Viewer = { report, browser, url: server.url }
      await measured('first page', () => firstPage(viewer))
      for (const size of SIZES)
        await measured(`${named(size)}-span trace`, () => opened(viewer, size, traces))
      await measured('100,000-span trace, in it', () => within(viewer, traces))
      await measured('depth 50,000', () => deepest(viewer, traces))
    } finally {
      await server.stop()
    }
    const graphServer = await startServer()
    try {
      await fillWithGraph(graphServer.url)
      await measured('graph', () => graph({ report, browser, url: graphServer.url }))
    } finally {
      await graphServer.stop()
    }
    await measured('Zipkin', () => beside(report, browser))
  } finally {
    await browser.close()
  }
  report.save()
}

interface Viewer {
  readonly report: Report
  readonly browser: Browser
  readonly url: string
}

const named = (size: number) => size.toLocaleString('en')
const median = (values: readonly number[]) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

/** A scenario that fails is said to be missing, and the others go on. */
async function measured(name: string, scenario: () => Promise<void>): Promise<void> {
  try {
    await scenario()
  } catch (error) {
    missing(name, String(error).split('\n')[0] ?? '')
  }
}

function missing(name: string, why: string): void {
  process.stdout.write(`${name}: missing (${why})\n`)
}

function figure(report: Report, name: string, values: readonly (number | undefined)[], unit: string): void {
  const known = values.filter((value) => value !== undefined)
  // A median of only those that ended would flatter.
  if (known.length === values.length && known.length > 0) report.figure(name, median(known), unit)
  else missing(name, `${known.length} of ${values.length} rounds ended in time`)
}

async function onPage<T>(
  { browser }: Pick<Viewer, 'browser'>,
  body: (page: BenchPage) => Promise<T>,
  patience = PATIENCE_MS,
): Promise<T> {
  const page = await BenchPage.open(browser, patience)
  try {
    return await body(page)
  } finally {
    await page.close()
  }
}

/** From the navigation's start to the frame after the search box can have the focus and the results are drawn; nothing cached. */
async function firstPage(viewer: Viewer): Promise<void> {
  const { report, url } = viewer
  const times: (number | undefined)[] = []
  let first: string[] = []
  let all: string[] = []
  for (let round = 0; round < FIRST_PAGE_ROUNDS; round++)
    await onPage(viewer, async (page) => {
      await page.page.goto(url)
      times.push(await page.page.evaluate(() => window.bench.interactive))
      const loaded = await page.page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      )
      first = [...page.scripts].filter((script) => loaded.includes(script))
      if (round === FIRST_PAGE_ROUNDS - 1) await delay(3000)
      all = [...page.scripts]
    })
  figure(report, 'first page interactive, cold', times, 'ms')
  report.figure('JavaScript of the first page, gzip', await gzipKilobytes(first), 'kB')
  report.figure('all JavaScript, 3 s later, gzip', await gzipKilobytes(all), 'kB')
}

async function gzipKilobytes(scripts: readonly string[]): Promise<number> {
  const sizes = scripts.map(async (script) => gzipSync(await (await fetch(script)).arrayBuffer()).length)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1000
}

/** On the search page, read for a moment; then follows the link. */
async function openTrace(page: BenchPage, url: string, traceId: string): Promise<Drawn | undefined> {
  await page.page.goto(url)
  await page.page.evaluate(() => window.bench.interactive)
  await delay(READING_MS)
  return page.follow(`/traces/${traceId}`, HOOKS.row)
}

async function opened(viewer: Viewer, size: Size, traces: StoredTraces): Promise<void> {
  const { report, url } = viewer
  const rounds: (Drawn | undefined)[] = []
  for (let round = 0; round < ROUNDS[size]; round++)
    rounds.push(await onPage(viewer, (page) => openTrace(page, url, traces.bySize[size])))
  drawn(report, `${named(size)}-span trace, click to drawn`, rounds)
}

function drawn(report: Report, name: string, rounds: readonly (Drawn | undefined)[]): void {
  const of = (key: keyof Drawn) => rounds.map((round) => round?.[key])
  figure(report, name, of('ms'), 'ms')
  figure(report, `${name}, longest frame`, of('longestFrame'), 'ms')
  figure(report, `${name}, longest task`, of('longestTask'), 'ms')
}

/** One page with the trace of 100,000 spans: what it holds in memory, and how it follows wheel and keys. */
async function within(viewer: Viewer, traces: StoredTraces): Promise<void> {
  const { report, url } = viewer
  await onPage(viewer, async (page) => {
    const name = '100,000-span trace'
    const opening = openTrace(page, url, traces.bySize[100_000])
    report.figure(`${name}, heap at most while opening`, await page.peakHeap(opening), 'MB')
    if ((await opening) === undefined) throw new Error('it was not drawn in time')
    report.figure(`${name}, heap`, await page.heap({ collected: true }), 'MB')
    report.figure(`${name}, workers`, page.workers, 'workers')

    motion(report, `${name}, scroll`, await page.wheel(MOTION_MS, SCROLL, 'rows'))
    motion(report, `${name}, zoom`, await page.wheel(MOTION_MS, ZOOM, 'address'))
    report.figure(`${name}, heap after scroll and zoom`, await page.heap({ collected: true }), 'MB')
  })
  await onPage(viewer, async (page) => {
    if ((await openTrace(page, url, traces.bySize[100_000])) === undefined)
      throw new Error('it was not drawn')
    await measured('search', () => search(report, page))
  })
  await onPage(viewer, async (page) => {
    if ((await openTrace(page, url, traces.bySize[100_000])) === undefined)
      throw new Error('it was not drawn')
    await measured('collapse all', () => collapse(report, page))
  })
}

function motion(report: Report, name: string, motion: Motion | undefined): void {
  if (motion === undefined) return missing(name, 'the page showed the same as before')
  report.figure(name, motion.framesPerSecond, 'frames/s')
  report.figure(`${name}, 95 % of frames within`, motion.p95, 'ms')
  report.figure(`${name}, longest frame`, motion.longestFrame, 'ms')
  report.figure(`${name}, longest task`, motion.longestTask, 'ms')
}

/** From the input of a word, all at once, to the frame after another number of matches. */
async function search(report: Report, page: BenchPage): Promise<void> {
  const field = page.page.locator(FIND).first()
  await field.focus()
  const times: (number | undefined)[] = []
  for (const word of WORDS) {
    await field.selectText()
    const insert = () => page.page.keyboard.insertText(word)
    times.push(await page.onEvent('input', insert, { is: 'other number', text: FIND_COUNT }))
  }
  figure(report, 'search', times, 'ms')
}

/** From the key to the frame after other rows. */
async function collapse(report: Report, page: BenchPage): Promise<void> {
  const key = (name: string) =>
    page.onEvent('keydown', () => page.page.keyboard.press(name), { is: 'other rows' })
  const collapsed: (number | undefined)[] = []
  const expanded: (number | undefined)[] = []
  for (let round = 0; round < KEY_ROUNDS; round++) {
    collapsed.push(await key('c'))
    expanded.push(await key('x'))
  }
  figure(report, 'collapse all', collapsed, 'ms')
  figure(report, 'expand all', expanded, 'ms')
}

async function deepest(viewer: Viewer, traces: StoredTraces): Promise<void> {
  const { report, url } = viewer
  await onPage(viewer, async (page) => {
    const time = await openTrace(page, url, traces.deepest)
    drawn(report, 'depth 50,000, click to drawn', [time])
    if (time === undefined) return report.figure('depth 50,000 works', 0, '')
    await page.page.getByTestId('trace-waterfall').focus()
    const end = await page.onEvent('keydown', () => page.page.keyboard.press('End'), { is: 'last row' })
    figure(report, 'depth 50,000, End to the deepest row', [end], 'ms')
    report.figure('depth 50,000 works', end === undefined ? 0 : 1, '')
  })
}

async function graph(viewer: Viewer): Promise<void> {
  const { report, url } = viewer
  const times: (Drawn | undefined)[] = []
  for (let round = 0; round < KEY_ROUNDS; round++)
    await onPage(
      viewer,
      async (page) => {
        await page.page.goto(url)
        await page.page.evaluate(() => window.bench.interactive)
        await delay(READING_MS)
        times.push(await page.follow('/graph', GRAPH))
        if (round > 0) return
        const positions = () => page.page.locator(GRAPH).getAttribute('data-positions')
        const before = await positions()
        await page.page.reload()
        report.figure('graph, stable', before !== null && before === (await positions()) ? 1 : 0, '')
      },
      GRAPH_PATIENCE_MS,
    )
  drawn(report, 'graph of 300 services and 2,000 edges, click to drawn', times)
}

/** The same two traces in Zipkin's viewer, in this run, on this machine. */
async function beside(report: Report, browser: Browser): Promise<void> {
  const zipkin = await zipkinViewer()
  const opened = async (name: string, traceId: string) => {
    const rounds: (Drawn | undefined)[] = []
    for (let round = 1; round <= ZIPKIN_ROUNDS; round++) {
      const page = await BenchPage.open(browser, PATIENCE_MS, zipkin.hooks)
      await page.page.goto(zipkin.home)
      await delay(READING_MS)
      rounds.push(await page.follow(zipkin.pathOf(traceId), zipkin.hooks.row, 'forward'))
      if (round === ZIPKIN_ROUNDS) {
        drawn(report, `${name}, to drawn`, rounds)
        motion(report, `${name}, scroll`, await page.wheel(MOTION_MS, SCROLL, 'rows'))
      }
      await page.close()
    }
  }
  try {
    for (const size of [1000, 10_000] as const) {
      const traceId = await post(zipkin.url, randomTraceOf(size))
      const name = `Zipkin, ${named(size)}-span trace`
      await measured(name, () => opened(name, traceId))
    }
  } finally {
    await zipkin.stop()
  }
}
