// What sets of spans, their structure, pipelines and plain words find: a query a line, and the traces it finds, see fixture.ts.
export const SET_CASES: Readonly<Record<string, string>> = {
  'an hour after the start': String.raw`
    { .late = "yes" }  =>
    { .late = "yes" && requestId = "req-3" }  =>  late
    { .late = "yes" && (requestId = "req-3" || requestId = "req-4") }  =>
    { name = "tail" } || { name = "upload" }  =>  late
  `,
  'sets of spans': String.raw`
    { .region = "eu" } && { .db.system = "mysql" }  =>  shop
    { .region = "eu" } && { .region = "us" }  =>
    { .region = "us" } || { .n = 1 }  =>  failed nightly
    { .db.rows = 15 } && { .db.rows = 7.5 }  =>  shop
    { status = error } && { kind = client } || { .n = 1 }  =>  failed nightly
    ({ .n = 1 } || { .region = "us" }) && { status = error }  =>  failed nightly
  `,
  structure: String.raw`
    { kind = server } > { name = "select" }  =>  shop failed
    { resource.service.name = "web" } > { resource.service.name = "pay" }  =>  shop failed
    { resource.service.name = "web" } > { name = "select" }  =>
    { resource.service.name = "web" } >> { name = "select" }  =>  shop failed
    { resource.service.name = "web" } >> { status = error }  =>  failed
    { name = "select" } << { .region = "us" }  =>  failed
    { name = "select" } < { kind = server }  =>  shop failed
    { name = "select" } < { name = "get-/checkout" }  =>
    { .n = 1 } ~ { .n = 3 }  =>  nightly
    { name = "select" } ~ { name = "select" }  =>  shop
    { name = "scan" && .path =~ ".*B" } ~ { .path =~ ".*b" }  =>  search
    { name = "lost" } ~ { name = "found" }  =>
    { name = "nightly" } ~ { name = "step" }  =>
    { name = "one" } >> { name = "five" }  =>  chain
    { name = "one" } > { name = "three" }  =>
    { name = "one" } > { name = "two" } > { name = "three" }  =>  chain
    { name = "one" } >> { .mark = "y" } >> { name = "five" }  =>  chain
    { name = "a" } > { name = "b" }  =>  cycle
    { name = "b" } > { name = "a" }  =>
    { name = "b" } >> { name = "b" }  =>
    { name = "b" } << { name = "a" }  =>  cycle
    { } > { name = "found" }  =>
    { resource.service.name = "web" } !> { name = "pay" }  =>
    { } !> { name = "get-/checkout" }  =>  shop failed
    { } !>> { kind = internal }  =>  nightly orphans cycle chain bare
    { } !< { resource.service.name = "web" }  =>  late
    { } !<< { name = "select" }  =>  shop failed
    { .n = 1 } !~ { .n = 3 }  =>
    { kind = client } !~ { kind = consumer }  =>  shop
    { .region = "mars" } !> { name = "select" }  =>  shop failed
    { .region = "mars" } > { name = "select" }  =>
    { kind = server } &> { name = "select" } | count() = 3  =>  shop
    { kind = server } > { name = "select" } | count() = 2  =>  shop
    { name = "one" } &>> { name = "five" } | count() = 2  =>  chain
    { name = "five" } &<< { name = "one" } | count() = 2  =>  chain
    { name = "two" } &< { name = "one" } | count() = 2  =>  chain
    { .n = 1 } &~ { .n = 3 } | count() = 2  =>  nightly
    ({ kind = server } > { name = "select" }) && { status = error }  =>  failed
    { name = "one" } >> ({ .mark = "x" } && { .mark = "y" })  =>  chain
  `,
  pipelines: String.raw`
    { } | count() > 4  =>  shop chain
    { } | count() = 7  =>  shop
    { name = "select" } | count() > 1  =>  shop
    { name = "select" } | count() >= 1  =>  shop failed
    { } | count() < 3  =>  cycle late bare
    count() > 6  =>  shop
    { } | 6 < count()  =>  shop
    { name = "step" } | avg(duration) > 15s  =>  nightly
    { name = "step" } | sum(duration) = 50s  =>  nightly
    { name = "step" } | min(duration) = 10s  =>  nightly
    { name = "step" } | max(duration) >= 30s  =>  nightly
    { } | max(duration) > 4s  =>  search nightly
    { } | avg(.db.rows) = 11.25  =>  shop
    { } | sum(.db.rows) = 22.5  =>  shop
    { } | min(.db.rows) = 0  =>  failed
    { } | max(.n) = 3  =>  nightly
    { } | sum(.n) + 1 = 7  =>  nightly
    { } | count() * 2 > 10  =>  shop
    { } | sum(.region) > 0  =>
    { } | avg(duration * 2) > 10s  =>  nightly
    { } | max(duration) - min(duration) > 10s  =>  nightly
    { kind = client } | count() > 2 | avg(.db.rows) > 10  =>  shop
    { name = "step" } | { .n > 1 } | count() = 2  =>  nightly
    { resource.service.name = "pay" } | { name = "select" }  =>  shop failed
    { } | by(resource.service.name) | count() > 3  =>  nightly chain
    { } | by(name) | count() > 1  =>  shop failed search nightly
    { } | by(kind) | count() = 3  =>  shop
    { } | by(.region) | count() = 2  =>  shop failed cycle bare
    { } | by(resource.service.name) | by(name) | count() > 2  =>  nightly
    { } | by(status) | count() = 1 | { status = error }  =>  nightly
    { } | by(resource.service.name) | count() > 3 | coalesce() | count() < 5  =>  nightly chain
    { } | by(resource.service.name) | coalesce() | count() = 7  =>  shop
    { } | by(event:name) | { event:name = "retry" }  =>  shop failed
    { .db.system != nil } | select(.db.system, duration)  =>  shop failed
    { } | by(name) | select(.n)  =>  shop failed search nightly orphans cycle chain late bare
    ({ name = "select" } | count() > 1) && { kind = producer }  =>  shop
    ({ name = "select" } | count() > 1) || { .n = 1 }  =>  shop nightly
    ({ } | count() > 4) >> { name = "five" }  =>  chain
    { } | ({ name = "select" } > { }) | count() = 1  =>
    { name = "one" } | { name = "two" }  =>
  `,
  'plain words': String.raw`
    error  =>  failed nightly
    error checkout  =>  failed
    checkout >1s  =>  failed
    >4s  =>  search nightly
    web  =>  shop failed search late
    pay error <2s  =>  failed
    "card declined"  =>
    -error checkout  =>  shop
    region=us  =>  failed
    duration>1s  =>  failed search nightly
    service=pay  =>  shop failed orphans
    req-1  =>  shop
    nightly OR mars  =>  nightly
  `,
}
