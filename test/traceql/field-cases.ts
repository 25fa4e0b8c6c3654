// What a condition in one {…} finds: a query a line, and the traces it finds, see fixture.ts.
export const FIELD_CASES: Readonly<Record<string, string>> = {
  'everything, constants': String.raw`
    { }  =>  shop failed search nightly orphans cycle chain late bare
    { true }  =>  shop failed search nightly orphans cycle chain late bare
    { false }  =>
    { !false }  =>  shop failed search nightly orphans cycle chain late bare
    { 1 < 2 }  =>  shop failed search nightly orphans cycle chain late bare
    { nil = nil }  =>  shop failed search nightly orphans cycle chain late bare
  `,
  'attributes: text': String.raw`
    { .region = "eu" }  =>  shop search
    { span.region = "eu" }  =>  shop search
    { resource.region = "eu" }  =>  shop search
    { .region = "EU" }  =>
    { .region != "eu" }  =>  failed
    { !(.region = "eu") }  =>  shop failed search nightly orphans cycle chain late bare
    { .region = "nowhere" }  =>
    { .region = "eu" || .region = "us" }  =>  shop failed search
    { .region = "eu" && .http.status_code = "200" }  =>  shop search
    { .region = "eu" && .db.system = "mysql" }  =>
    { "eu" = .region }  =>  shop search
    { .path = "/data/A b" }  =>  search
    { ."http.status_code" = "500" }  =>  failed
    { span."db.system" = "postgres" }  =>  failed
    { .empty = "" }  =>  bare
    { .region > "eu" }  =>  failed
    { .region >= "eu" }  =>  shop failed search
    { .region < "eu" }  =>
    { "f" < .region }  =>  failed
    { .region = .region }  =>  shop failed search
    { .region != .http.method }  =>  shop
    { .constructor = "x" }  =>
    { .constructor = nil }  =>  shop failed search nightly orphans cycle chain late bare
  `,
  'attributes: numbers and booleans': String.raw`
    { .http.status_code = 500 }  =>  failed
    { .http.status_code != 200 }  =>  failed
    { .http.status_code >= 500 }  =>  failed
    { .http.status_code < 500 }  =>  shop search
    { 400 < .http.status_code }  =>  failed
    { .db.rows = 7.5 }  =>  shop
    { .db.rows > 7 }  =>  shop
    { .db.rows > 7 && .db.rows < 8 }  =>  shop
    { .db.rows <= 0 }  =>  failed
    { .db.rows > -1 }  =>  shop failed
    { .retries > 9 }  =>  failed
    { .retries > "9" }  =>
    { .retries > "1" }  =>  shop failed
    { .size = 1000 }  =>
    { .size >= 1000 }  =>  search
    { .region > 5 }  =>
    { .cached = true }  =>  shop
    { .cached }  =>  shop
    { !.cached && .region = "eu" }  =>  shop search
    { .cached != false }  =>  shop
    { .cached = "true" }  =>  shop
    { .late = true }  =>
  `,
  arithmetic: String.raw`
    { .retries * 2 > 15 }  =>  failed
    { .retries + 1 = 3 }  =>  shop
    { .db.rows % 2 = 1 }  =>  shop
    { .db.rows ^ 2 = 225 }  =>  shop
    { -.db.rows < -10 }  =>  shop
    { .db.rows / 0 > 1 }  =>
    { .db.rows - .db.rows = 0 }  =>  shop failed
    { duration > 2 * 2s }  =>  search nightly
    { duration / 2 > 2s }  =>  search nightly
    { .n + .n > 5 }  =>  nightly
    { .n > .job }  =>
  `,
  nil: String.raw`
    { .region != nil }  =>  shop failed search
    { .region = nil && .http.status_code != nil }  =>
    { .db.system = nil && kind = client }  =>  shop failed
    { duration = nil }  =>  bare
    { duration != nil && resource.service.name = nil }  =>
    { name = nil }  =>  bare
    { resource.service.name = nil }  =>  bare
    { span:parentID = nil && kind = server }  =>  shop failed search late
    { span:parentID != nil && name = "found" }  =>  orphans
    { .empty != nil }  =>  bare
    { !(.region != nil) && kind = server }  =>  search orphans late
    { statusMessage = nil && status = error }  =>
    { (.n + .n) != nil }  =>  nightly
  `,
  'regular expressions': String.raw`
    { .region =~ "e.*" }  =>  shop search
    { .region =~ "e" }  =>
    { .region !~ "e.*" }  =>  failed
    { !(.region =~ "e.*") && .region != nil }  =>  failed
    { .region =~ "eu|us" }  =>  shop failed search
    { .path =~ "/data/[AB].*" }  =>  search
    { .path =~ "/DATA/.*" }  =>
    { .path =~ "(?i)/DATA/.*" }  =>  search
    { name =~ "GET-/.*" }  =>  shop failed search
    { name !~ "GET-/.*" && kind = server }  =>  shop failed search orphans late
    { resource.service.name =~ "SE.*|MAIL" }  =>  shop search
    { .http.status_code =~ "5.." }  =>  failed
    { .empty =~ "" }  =>  bare
    { .region =~ "" }  =>
  `,
  intrinsics: String.raw`
    { name = "select" }  =>  shop failed
    { name = "SELECT" }  =>  shop failed
    { span:name = "ping" }  =>  bare
    { name != "select" && resource.service.name = "pay" && kind = client }  =>
    { resource.service.name = "search" }  =>  search
    { resource.service.name = "Search" }  =>  search
    { .service.name = "mail" }  =>  shop
    { span.service.name = "mail" }  =>  shop
    { resource.service.name != "web" && kind = server }  =>  shop failed search orphans
    { remoteService = "db" }  =>  shop failed
    { remoteService = "DB" && .db.rows = 0 }  =>  failed
    { remoteService != "db" && kind = client }  =>  shop failed
    { name = "pay" && remoteService = nil }  =>  shop failed
    { status = error }  =>  failed nightly
    { status != error }  =>  shop failed search nightly orphans cycle chain late bare
    { status = ok }  =>  search
    { status = unset && name = "get-/search" }  =>
    { status != ok && name = "get-/search" }  =>
    { status = ok || status = error }  =>  failed search nightly
    { !(status = error) && resource.service.name = "cron" }  =>  nightly
    { statusMessage = "card declined" }  =>  failed
    { statusMessage = "timeout" }  =>
    { statusMessage =~ ".*timeout" }  =>  failed
    { statusMessage != "card declined" && .otel.status_description != nil }  =>
    { statusMessage = "" }  =>  nightly
    { kind = client }  =>  shop failed
    { span:kind = producer }  =>  shop
    { kind = consumer }  =>  shop
    { kind = internal }  =>  search nightly orphans cycle chain bare
    { kind = unspecified && resource.service.name = "pay" }  =>  orphans
    { kind != server && resource.service.name = "search" }  =>  search
    { kind != internal && resource.service.name = "cron" }  =>
    { duration > 1s }  =>  failed search nightly
    { span:duration >= 60s }  =>  nightly
    { duration < 2ms }  =>  orphans
    { duration = 5s }  =>  search
    { duration != 5s && resource.service.name = "search" }  =>  search
    { duration >= 1300ms && duration <= 1.3s }  =>  failed
    { duration > 400000us && duration < 450ms }  =>  shop
    { 4s < duration }  =>  search nightly
    { span:childCount = 0 && resource.service.name = "web" }  =>
    { span:childCount > 2 }  =>  nightly
    { span:childCount = 1 && kind = server }  =>  failed search late
    { span:id = "00000000000000b3" }  =>  orphans
    { span:id = "B3" }  =>  orphans
    { span:parentID = "ff" }  =>  orphans
    { event:name = "retry" }  =>  shop failed
    { event:name = "exception" }  =>  shop
    { event:name = "gave-up" }  =>  failed
    { event:name != "retry" }  =>  shop failed
    { event:name =~ "ret.*" }  =>  shop failed
    { event:name = nil && name = "pay" && kind = server }  =>
    { event:name != nil }  =>  shop failed
    { instrumentation:name = "io.web" }  =>  search
    { instrumentation:name =~ "io.*" }  =>  search
    { requestId = "req-1" }  =>  shop
    { requestId = "REQ-1" }  =>
    { requestId =~ "req-.*" }  =>  shop failed late
    { requestId != "req-1" }  =>  failed late
    { requestId = nil && name = "get-/search" }  =>  search
  `,
  'of the whole trace': String.raw`
    { traceDuration > 4s }  =>  search nightly late
    { trace:duration >= 60s }  =>  nightly late
    { traceDuration != 900ms && name = "get-/checkout" }  =>  failed
    { !(traceDuration > 100ms) }  =>  orphans cycle chain bare
    { traceDuration > 10s || .region = "us" }  =>  failed nightly late
    { traceDuration > 1s && .region = "eu" }  =>  search
    { traceDuration < 1s && status = error }  =>
    { (traceDuration > 1s || .region = "eu") && .http.status_code = 200 }  =>  shop search
    { rootName = "get-/checkout" }  =>  shop failed
    { rootName = "GET-/checkout" && status = error }  =>  failed
    { trace:rootName =~ "get-.*" }  =>  shop failed search
    { rootServiceName = "web" && .db.system = "mysql" }  =>  shop
    { rootService = "web" && resource.service.name = "search" }  =>  search
    { rootServiceName = "pay" }  =>  orphans
    { rootServiceName != "web" }  =>  nightly orphans cycle chain
    { !(rootServiceName = "web") }  =>  nightly orphans cycle chain bare
    { rootServiceName = nil }  =>  bare
    { trace:rootService = "pay" || .db.rows = 0 }  =>  failed orphans
    { trace:id = "aaaaaaaaaaaaaaa3" }  =>  search
    { trace:id = "AAAAAAAAAAAAAAA3" && duration > 4s }  =>  search
    { trace:id != "aaaaaaaaaaaaaaa3" && status = ok }  =>
    { trace:id =~ "a+[12]" }  =>  shop failed
  `,
  'brackets, precedence, negation': String.raw`
    { .region = "us" || .region = "eu" && .http.status_code = 200 }  =>  shop search
    { .region = "us" && .region = "eu" || .n = 3 }  =>  nightly
    { (.region = "eu" || .region = "us") && status = error }  =>  failed
    { !(.region = "eu" || .region = "us") && .http.method = "POST" }  =>  shop failed
    { !(.region = "eu" && .cached = true) && .region = "eu" }  =>  shop search
    { !!(.region = "us") }  =>  failed
    { (.n = 1) = true }  =>  nightly
  `,
}
