// Zipkin's own viewer, for comparison on the same traces; needs a Java (see ../backends/README.md).
import { whyNot } from '../backends/distribution.ts'
import { startZipkin, ZIPKIN } from '../backends/zipkin.ts'
import type { Hooks } from './ui-page.ts'

export interface ZipkinViewer {
  /** Takes spans as ours does. */
  readonly url: string
  /** Its first page. */
  readonly home: string
  readonly hooks: Hooks
  pathOf(traceId: string): string
  stop(): Promise<void>
}

/** Its rows have no names; they are all that is in the only box of the page that scrolls a list. */
const LIST = 'main div[style*="will-change: transform"]'

/** @throws Error where no Zipkin can be started */
export async function zipkinViewer(): Promise<ZipkinViewer> {
  const why = whyNot(ZIPKIN)
  if (why !== undefined) throw new Error(why)
  const zipkin = await startZipkin()
  return {
    url: zipkin.url,
    home: `${zipkin.url}/zipkin/`,
    hooks: { row: `${LIST} > div > div`, waterfall: LIST },
    pathOf: (traceId) => `/zipkin/traces/${traceId}`,
    stop: () => zipkin.remove(),
  }
}
