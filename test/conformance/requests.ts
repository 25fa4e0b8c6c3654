// What both servers are asked. `T+1500` in a path is 1.5 s after the first trace's start, in milliseconds (spans.ts).

import { decodeZipkinV2Json, encodeZipkinProto3 } from '@hopscope/proto'
import { conformanceSpans } from './spans.ts'
import { V1_SPANS } from './v1-spans.ts'

/** How the bodies are compared: lists that have no promised order are sorted first, of `keys` and `names` only the names count. */
export type Form = 'plain' | 'spans' | 'traces' | 'links' | 'keys' | 'metrics'

export interface Asked {
  readonly name: string
  readonly group: Group
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  readonly form: Form
}

/** The settings of both servers. */
export const GROUPS = {
  default: { AUTOCOMPLETE_KEYS: 'environment,http.method' },
  lenient: {
    STRICT_TRACE_ID: 'false',
    QUERY_LOOKBACK: '60000',
    ZIPKIN_QUERY_ALLOWED_ORIGINS: 'http://a.example,http://b.example',
  },
  'no-search': { SEARCH_ENABLED: 'false', AUTOCOMPLETE_KEYS: 'environment' },
} as const satisfies Record<string, Readonly<Record<string, string>>>
export type Group = keyof typeof GROUPS

type More = Partial<Pick<Asked, 'group' | 'method' | 'headers' | 'body' | 'form'>>

/** Requests that differ only in their paths; each is named by title, method and path. */
function asked(title: string, more: More, ...paths: readonly string[]): Asked[] {
  const { group = 'default', method = 'GET', headers = {}, body, form = 'plain' } = more
  const full = group === 'default' ? title : `${group}, ${title}`
  return paths.map((path) => ({ name: `${full}: ${method} ${path}`, group, method, path, headers, body, form }))
} // prettier-ignore

const V2 = '/api/v2'
const under = (prefix: string, ...rest: readonly string[]) => rest.map((each) => `${V2}/${prefix}${each}`)
const ORIGIN = { Origin: 'http://a.example' }
const PREFLIGHT = { ...ORIGIN, 'Access-Control-Request-Method': 'GET' }

const NAMES = [
  ...asked('names', {}, ...under('', 'services', 'services?', 'services?unknown=1', 'services/'), `/${V2}/services`, `/zipkin${V2}/services`),
  ...['spans', 'remoteServices'].flatMap((route) =>
    asked('names', {}, ...under(route, '?serviceName=web', '?serviceName=WEB', '?serviceName=lost', '?serviceName=many', '?serviceName=odd%20service%2F%C3%A9', '?serviceName=nobody', '?serviceName=', '', '?servicename=web', '?serviceName=web&serviceName=pay', '?serviceName=%20web%20'), `/zipkin${V2}/${route}?serviceName=web`),
  ),
  ...asked('completion', {}, ...under('autocomplete', 'Keys', 'Values', 'Values?key=', 'Values?key=environment', 'Values?key=http.method', 'Values?key=http.path', 'Values?key=ENVIRONMENT', 'Values?key=environment&key=http.method'), `/zipkin${V2}/autocompleteKeys`),
] // prettier-ignore

const SEARCH = [
  ...asked('search', { form: 'traces' }, ...under('traces?', '', 'limit=1', 'limit=3', 'limit=12', 'limit=100&lookback=86400000', 'limit=2147483647', 'unknown=1')),
  ...asked('search by name', { form: 'traces' }, ...under('traces?', 'serviceName=web', 'serviceName=WEB', 'serviceName=web&spanName=get%20/buy', 'serviceName=web&spanName=GET+/BUY', 'serviceName=web&spanName=tick', 'serviceName=web&spanName=all', 'spanName=all&limit=2', 'spanName=ALL&limit=2', 'spanName=tick', 'spanName=', 'serviceName=', 'serviceName=nobody', 'remoteServiceName=pay', 'remoteServiceName=PAY', 'serviceName=pay&remoteServiceName=pay', 'serviceName=web&remoteServiceName=pay', 'serviceName=orders&remoteServiceName=kafka&spanName=send', 'serviceName=a&serviceName=web', 'serviceName=web&serviceName=a', 'serviceName=clockless')),
  ...asked('search by tag', { form: 'traces' }, ...under('traces?annotationQuery=', '', 'error', 'error%3D', 'error%3Ddeadlock', 'environment%3Dprod', 'environment%3Dprod+and+error', 'error+and+environment%3Dprod', 'environment', 'environment%3Dnowhere', 'retry%20now', 'retry+now+and+first', 'retry', 'http.path%3D%2Fbuy%3Fa%3D1+b', '%20error%20', 'error%20AND%20environment', 'environment%3Dprod+and+environment%3Dtest', 'environment%3Dtest+and+environment', '%20and%20', '%3Dx', 'constructor', '__proto__', 'error&serviceName=web', 'error&serviceName=pay', 'environment%3Dtest&serviceName=pay&spanName=post+/charge', '%C3%BCn%C3%AF')),
  ...asked('search by duration', { form: 'traces' }, ...under('traces?limit=100&', 'minDuration=90000', 'minDuration=90001', 'minDuration=400&maxDuration=600', 'minDuration=500&maxDuration=500', 'serviceName=pay&minDuration=40000', 'serviceName=pay&minDuration=50000', 'serviceName=many&minDuration=3000&maxDuration=5000', 'minDuration=', 'maxDuration=', 'minDuration=1&annotationQuery=error&serviceName=shop&spanName=select&remoteServiceName=cache')),
  ...asked('search by time', { form: 'traces' }, ...under('traces?limit=100&', 'endTs=T+999', 'endTs=T+1000', 'endTs=T+2500', 'endTs=T+2500&lookback=600', 'endTs=T+2000&lookback=1', 'endTs=T+9000&lookback=2000', 'endTs=T+9000&lookback=1999', 'endTs=T+3000&lookback=1000&serviceName=shop', 'endTs=T-1', 'endTs=1', 'endTs=1&lookback=9007199254740991', 'lookback=1', 'lookback=86400000', 'endTs=', 'lookback=', 'endTs=9223372036854775807', 'endTs=+5')),
  ...asked('refused search', {}, ...under('traces?', 'limit=0', 'limit=-1', 'limit=', 'limit=ten', 'limit=1.5', 'limit=%205', 'limit=2147483648', 'limit=99999999999999999999', 'endTs=0', 'endTs=-1', 'endTs=x', 'endTs=9223372036854775808', 'lookback=0', 'lookback=-5', 'lookback=1d', 'minDuration=0', 'minDuration=-1', 'minDuration=5ms', 'maxDuration=5', 'maxDuration=x', 'minDuration=5&maxDuration=4', 'limit=0&endTs=0&lookback=0', 'limit=0&lookback=0', 'lookback=0&minDuration=0', 'maxDuration=5&limit=0', 'limit=x&endTs=y'), `/zipkin${V2}/traces?limit=0`),
  ...asked('repeated', { form: 'traces' }, ...under('traces?', 'limit=1&limit=2', 'limit=2&limit=0', 'endTs=T+2500&endTs=1')),
  // What Grafana's data source asks (grafana-zipkin-datasource): neither limit nor lookback.
  ...asked('Grafana', {}, `${V2}/services`, `${V2}/spans?serviceName=web`),
  ...asked('Grafana', { form: 'traces' }, ...under('traces?', 'serviceName=web&spanName=get+%2Fbuy', 'serviceName=many&spanName=call+3', 'serviceName=nobody&spanName=none')),
  ...asked('Grafana', { form: 'spans' }, ...under('trace/', '00000000000000a1', '+a1', 'ffffffffffffffff', 'not%2Ban%2Bid')),
  ...asked('Grafana behind a path', { form: 'spans' }, `/zipkin${V2}/trace/a1`, `/zipkin${V2}/traces?serviceName=web&spanName=post+%2Fcharge`),
] // prettier-ignore

const LONG = 'b2000000000000000000000000000002'
const BY_ID = [
  ...asked('trace', { form: 'spans' }, ...under('trace/', 'a1', '00000000000000a1', '000000000000000000000000000000a1', '%20a1%20', LONG, 'c3', 'd4', 'e6', 'e7', 'fa', 'f7', 'b200000000000000', '0000000000000002', '11000000000000000000000000000abc', '0000000000000abc', 'abc', '10000000000000abc', 'ffffffffffffffff', `${LONG}?unknown=1`), `/zipkin${V2}/trace/a1`),
  ...asked('no trace', {}, ...under('trace/', 'A1', 'xyz', '0', '0'.repeat(32), 'f'.repeat(33), 'f'.repeat(200), '%20', '-1', '0x1', 'a%2Fb', '%C3%A9', 'a+1', 'a1/', 'a1/b', ''), `${V2}/trace`),
  ...asked('traces by id', { form: 'traces' }, ...under('traceMany?traceIds=', `a1,${LONG}`, `${LONG},a1`, 'a1,ffffffffffffffff', 'ffffffffffffffff,eeeeeeeeeeeeeeee', '00000000000000a1,c3,d4', 'a1,c3&traceIds=d4', '11000000000000000000000000000abc,0000000000000abc'), `/zipkin${V2}/traceMany?traceIds=a1,c3`),
  ...asked('no traces by id', {}, ...under('traceMany', '', '?traceIds=', '?traceIds=a1', '?traceIds=a1,a1', '?traceIds=a1,0a1', '?traceIds=a1,00000000000000a1,c3', '?traceIds=a1,zz', '?traceIds=a1,%20c3', '?traceIds=a1,', '?traceIds=,', '?traceIds=,a1', '?traceIds=A1,c3', '?traceIds=0,a1', '?traceIds=a1&traceIds=c3', `?traceIds=a1,${'f'.repeat(33)}`)),
] // prettier-ignore

const LINKS = [
  // A trace at a time, so that a difference says where it is; then all.
  ...asked('links', { form: 'links' }, ...Array.from({ length: 9 }, (_, i) => `${V2}/dependencies?endTs=T+${i + 1}400&lookback=800`), ...under('dependencies?endTs=', 'T+11000', 'T+11000&lookback=86400000', 'T+40000&lookback=86400000', 'T-1', '1', '1&lookback=', 'T+11000&endTs=1'), `/zipkin${V2}/dependencies?endTs=T+11000`),
  ...asked('links of a trace with ids of two lengths', { form: 'links' }, `${V2}/dependencies?endTs=T+12400&lookback=800`),
  ...asked('no links', {}, ...under('dependencies', '', '?endTs=', '?endTs=x', '?endTs=0', '?endTs=-1', '?endTs=1&lookback=0', '?endTs=1&lookback=-1', '?endTs=1&lookback=x', '?lookback=1', '?endTs=9223372036854775808')),
] // prettier-ignore

const JSON_TYPE = { 'Content-Type': 'application/json' }
const post = (title: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = JSON_TYPE, path = `${V2}/spans`) =>
  asked(`post ${title}`, { method: 'POST', headers, body }, path) // prettier-ignore
const ONE = '[{"traceId":"abcdef01","id":"1"}]'
const POSTS = [
  ...post('of nothing', ''),
  ...post('of an empty list', '[]'),
  ...post('of a span', ONE),
  ...post('with a charset', ONE, { 'Content-Type': 'application/json; charset=utf-8' }),
  ...post('without a type', ONE, {}),
  ...post('as text', ONE, { 'Content-Type': 'text/plain' }),
  ...post('as a form', ONE, { 'Content-Type': 'application/x-www-form-urlencoded' }),
  ...post('below /zipkin', ONE, JSON_TYPE, `/zipkin${V2}/spans`),
  ...post('below //', ONE, JSON_TYPE, `/${V2}/spans`),
  ...post('cut short', '[{'),
  ...post('of no JSON', 'nonsense'),
  ...post('of an object', '{"traceId":"a","id":"1"}'),
  ...post('of a span without ids', '[{}]'),
  ...post('of an empty trace id', '[{"traceId":"","id":"1"}]'),
  ...post('of a wrong id', '[{"traceId":"a","id":"xx"}]'),
  ...post('of an upper case id', '[{"traceId":"ABC","id":"1"}]'),
  ...post('of a long id', `[{"traceId":"${'f'.repeat(33)}","id":"1"}]`),
  ...post('of an unknown kind', '[{"traceId":"abcdef02","id":"1","kind":"NONE"}]'),
  ...post('of a tag that is a number', '[{"traceId":"abcdef03","id":"1","tags":{"a":1}}]'),
  ...post('of a tag that is null', '[{"traceId":"abcdef04","id":"1","tags":{"a":null}}]'),
  ...post('of a negative duration', '[{"traceId":"abcdef05","id":"1","duration":-1}]'),
  ...post('of a fraction', '[{"traceId":"abcdef06","id":"1","timestamp":1.5}]'),
  ...post('of v1 at v2', '[{"traceId":"a","id":"1","binaryAnnotations":[]}]'),
  ...post('of bad gzip', 'xxxx', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }),
  ...asked('stored by a post', { form: 'spans' }, ...under('trace/abcdef0', '1', '2', '3', '4', '5', '6')),
] // prettier-ignore

const PROTO_TYPE = { 'Content-Type': 'application/x-protobuf' }
/** A trace of the others, long ago and under another id, as proto3. */
const asProto3 = (traceId: string) => {
  const spans = conformanceSpans(1_500_000_000_000).filter((span) => span['traceId'] === traceId)
  const json = JSON.stringify(spans.map((span) => ({ ...span, traceId: `c${traceId}` })))
  return encodeZipkinProto3(decodeZipkinV2Json(Buffer.from(json)).spans)
}
const PROTO3 = [
  ...['a1', 'c3', 'd4', 'e6', 'f9'].flatMap((id) => post(`proto3 of ${id}`, asProto3(id), PROTO_TYPE)),
  ...asked('stored by proto3', { form: 'spans' }, ...under('trace/c', 'a1', 'c3', 'd4', 'e6', 'f9')),
  ...post('proto3, of JSON', ONE, PROTO_TYPE),
  ...post('proto3, of nothing', '', PROTO_TYPE),
  ...post('proto3, cut short', asProto3('a1').subarray(0, 100), PROTO_TYPE),
  ...post('proto3, as JSON', asProto3('a1')),
] // prettier-ignore

const V1 = '/api/v1/spans'
const FIRST_FORMAT = [
  ...Object.entries(V1_SPANS).flatMap(([title, spans]) => post(`v1, ${title}`, JSON.stringify(spans), JSON_TYPE, V1)),
  ...asked('stored by v1', { form: 'spans' }, ...Array.from({ length: 12 }, (_, i) => `${V2}/trace/d${(i + 1).toString(16)}`)),
  ...asked('links of v1', { form: 'links' }, `${V2}/dependencies?endTs=1500000001000&lookback=2000`),
  ...post('v1, of v2', '[{"traceId":"a","id":"1","name":"x","tags":{}}]', JSON_TYPE, V1),
  ...post('v1, of nothing', '[]', JSON_TYPE, V1),
  ...post('v1, without a type', JSON.stringify([{ traceId: 'dd', id: '1', name: 'x' }]), {}, V1),
] // prettier-ignore

const PROTOCOL = [
  ...asked('operator', { form: 'keys' }, '/health', '/actuator/health', '/info', '/actuator/info', '/zipkin/config.json'),
  ...asked('operator', { form: 'metrics' }, '/metrics', '/prometheus', '/actuator/prometheus'),
  ...asked('page', {}, '/', '/zipkin', '/zipkin/', '/zipkin/traces/a1', '/zipkin/dependency', '/favicon.ico', '/zipkin/nothing'),
  ...asked('no route', {}, '/nothing', '/api', V2, `${V2}/nothing`, '/api/v1/spans', '/API/V2/services', '/config.json', '/zipkin/health', '/traces/a1'),
  ...['HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'].flatMap((method) =>
    asked('method', { method }, ...under('', 'services', 'trace/a1'), '/health', '/nothing'),
  ),
  ...asked('method', { method: 'PUT' }, `${V2}/spans`),
  ...asked('from a page', { headers: ORIGIN }, `${V2}/services`, `${V2}/trace/xyz`, '/nothing', '/zipkin/config.json'),
  ...asked('from a page without origin', { headers: { Origin: 'null' } }, `${V2}/services`),
  ...asked('preflight', { method: 'OPTIONS', headers: PREFLIGHT }, `${V2}/services`, `${V2}/spans`, '/health', '/nothing'),
  ...asked('preflight of a post', { method: 'OPTIONS', headers: { ...PREFLIGHT, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' } }, `${V2}/spans`),
  ...asked('preflight without origin', { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'GET' } }, `${V2}/services`),
  ...asked('options from a page', { method: 'OPTIONS', headers: ORIGIN }, `${V2}/services`),
] // prettier-ignore

const LENIENT = [
  ...asked('trace', { group: 'lenient', form: 'spans' }, ...under('trace/', 'abc', '0000000000000abc', '11000000000000000000000000000abc', '99000000000000000000000000000abc', '22000000000000000000000000000def', 'def', 'a1', LONG, '0000000000000002', 'ffffffffffffffff')),
  ...asked('search', { group: 'lenient', form: 'traces' }, ...under('traces?endTs=T+14000', '', '&limit=100', '&limit=2', '&serviceName=long-ids', '&serviceName=short-ids', '&serviceName=twin', '&annotationQuery=half', '&annotationQuery=half%3Dshort&serviceName=short-ids', '&lookback=3000'), `${V2}/traces`, `${V2}/traces?lookback=86400000&serviceName=twin`),
  ...asked('traces by id', { group: 'lenient', form: 'traces' }, ...under('traceMany?traceIds=', 'abc,a1', '11000000000000000000000000000abc,def', 'abc,11000000000000000000000000000abc')),
  ...asked('traces by id, one unknown', { group: 'lenient', form: 'traces' }, `${V2}/traceMany?traceIds=a1,ffffffffffffffff`),
  ...asked('links', { group: 'lenient', form: 'links' }, ...under('dependencies?endTs=', 'T+11000', 'T+70000')),
  ...asked('from a page', { group: 'lenient', headers: ORIGIN }, `${V2}/services`, `${V2}/trace/xyz`),
  ...asked('from another page', { group: 'lenient', headers: { Origin: 'http://c.example' } }, `${V2}/services`),
  ...asked('from a page without origin', { group: 'lenient', headers: { Origin: 'null' } }, `${V2}/services`),
  ...asked('preflight', { group: 'lenient', method: 'OPTIONS', headers: PREFLIGHT }, `${V2}/services`),
  ...asked('preflight of another page', { group: 'lenient', method: 'OPTIONS', headers: { ...PREFLIGHT, Origin: 'http://c.example' } }, `${V2}/services`),
  ...asked('completion', { group: 'lenient' }, ...under('autocomplete', 'Keys', 'Values?key=environment')),
] // prettier-ignore

const NO_SEARCH = [
  ...asked('names', { group: 'no-search' }, ...under('', 'services', 'spans?serviceName=web', 'spans', 'remoteServices?serviceName=web', 'autocompleteKeys', 'autocompleteValues?key=environment', 'autocompleteValues?key=', 'traces', 'traces?serviceName=web', 'traces?limit=0')),
  ...asked('trace', { group: 'no-search', form: 'spans' }, ...under('trace/', 'a1', LONG, 'ffffffffffffffff')),
  ...asked('traces by id', { group: 'no-search', form: 'traces' }, `${V2}/traceMany?traceIds=a1,c3`),
  ...asked('links', { group: 'no-search', form: 'links' }, `${V2}/dependencies?endTs=T+11000`),
  ...asked('operator', { group: 'no-search', form: 'keys' }, '/zipkin/config.json', '/health'),
] // prettier-ignore

export const REQUESTS: readonly Asked[] = [
  ...NAMES,
  ...SEARCH,
  ...BY_ID,
  ...LINKS,
  ...POSTS,
  ...PROTO3,
  ...FIRST_FORMAT,
  ...PROTOCOL,
  ...LENIENT,
  ...NO_SEARCH,
]
