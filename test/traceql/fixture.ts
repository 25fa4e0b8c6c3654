// The traces that the query language's cases are about; the newest first, 10 s apart. Single quotes in a note stand for double ones.
import type { Span, Trace, TraceId } from '@hopscope/model'
import { traceFromText } from '@hopscope/model/testing'
import { EPOCH } from '../contract/arbitraries.ts'

const TEXTS: Readonly<Record<string, string>> = {
  shop: `
    web get-/checkout 0 900 SERVER request_id=req-1 http.status_code=200 http.method=GET region=eu cached=true
      web pay 50 500 CLIENT ->pay http.method=POST retries=2
        pay pay 80 420 SERVER shared region=eu note:100=retry
          pay select 120 100 CLIENT ->db db.system=mysql db.rows=15
          pay select 250 200 CLIENT ->db db.system=mysql db.rows=7.5
      web mail 600 100 PRODUCER ->mail
        mail send 750 120 CONSUMER note:760='exception':{'exception.type':'Timeout'}`,
  failed: `
    web get-/checkout 0 1500 SERVER request_id=req-2 http.status_code=500 region=us error="upstream timeout" otel.status_code=ERROR
      web pay 20 1400 CLIENT ->pay http.method=POST retries=10 error=true
        pay pay 30 1300 SERVER shared region=us error=timeout otel.status_description="card declined" note:40=retry note:50=gave-up
          pay select 60 1200 CLIENT ->db db.system=postgres db.rows=0`,
  search: `
    web get-/search 0 5000 SERVER http.status_code=200 region=eu otel.status_code=OK otel.scope.name=io.web
      search query 100 4800 SERVER size=1e3
        search scan 150 2400 path="/data/A b"
        search scan 2600 2200 path=/data/B`,
  nightly: `
    cron nightly 0 60s job=backup
      cron step 1s 10s n=1
      cron step 12s 10s n=2
      cron step 23s 30s n=3 error=`,
  // Nobody reported ff; b2 and b3 have it as their parent.
  orphans: `
    pay lost 0 5 SERVER id=b2 parent=ff
    pay found 1 3 id=b3 parent=ff
      pay below 1 1 id=b4`,
  // Each is below the other; a is the earlier.
  cycle: `
    loop a 0 10 id=1 parent=2
    loop b 1 5 id=2 parent=1`,
  chain: `
    deep one 0 100
      deep two 10 80 mark=x
        deep three 20 60
          deep four 30 40 mark=y
            other five 35 20`,
  // The last begins more than an hour after the first.
  late: `
    web upload 0 10 SERVER request_id=req-3
      web tail 3700s 5 CLIENT request_id=req-3 late=yes`,
  bare: `
    - ping 0 -
    - - - - empty= answer=yes`,
  // Has no time at all: no search finds it.
  timeless: `
    web get-/checkout - - SERVER region=eu`,
}

export const TRACES: ReadonlyMap<string, Trace> = new Map(
  Object.entries(TEXTS).map(([name, text], i) => [
    name,
    withQuotes(traceFromText(text, { traceId: `${i + 1}`.padStart(16, 'a'), epoch: EPOCH - i * 10_000_000 })),
  ]),
)

function withQuotes({ traceId, spans }: Trace): Trace {
  const quoted = (span: Span) =>
    span.annotations.map((note) => ({ ...note, value: note.value.replaceAll("'", '"') }))
  return { traceId, spans: spans.map((span) => ({ ...span, annotations: quoted(span) })) }
}

export const SPANS: readonly Span[] = [...TRACES.values()].flatMap(({ spans }) => spans)

const names = new Map<TraceId, string>([...TRACES].map(([name, { traceId }]) => [traceId, name]))

export const nameOf = ({ traceId }: { readonly traceId: TraceId }) => names.get(traceId) ?? traceId
