// Numbers about a whole trace, counted from its columns.
import { ROW_FLAGS, type ServiceShare, type TraceColumns } from '@hopscope/model'

export interface RowCounts {
  /** Reported; a made-up root is none. */
  readonly spans: number
  readonly errors: number
}

export function rowCounts({ rows: { flags } }: TraceColumns): RowCounts {
  let spans = 0
  let errors = 0
  for (const flag of flags) {
    if ((flag & ROW_FLAGS.synthetic) === 0) spans++
    if ((flag & ROW_FLAGS.error) !== 0) errors++
  }
  return { spans, errors }
}

/** Those with most time on the critical path, the most first; of two alike, the one with more time of its own. */
export function slowestServices(services: readonly ServiceShare[], most: number): ServiceShare[] {
  const order = (a: ServiceShare, b: ServiceShare) =>
    b.criticalTime - a.criticalTime || b.selfTime - a.selfTime
  const first: ServiceShare[] = []
  for (const service of services) {
    const last = first.at(-1)
    if (first.length === most && last && order(service, last) >= 0) continue
    if (first.length === most) first.pop()
    let place = first.length
    while (place > 0 && order(service, first[place - 1] as ServiceShare) < 0) place--
    first.splice(place, 0, service)
  }
  return first
}

/** What a text says of a trace: its id, or the address of its page. Lower case; undefined for anything else. */
export function traceIdIn(text: string): string | undefined {
  const id =
    /^[0-9a-f]{1,32}$/i.exec(text.trim())?.[0] ?? /\/traces\/([0-9a-f]{1,32})(?:[/?#]|$)/i.exec(text)?.[1]
  return id?.toLowerCase()
}
