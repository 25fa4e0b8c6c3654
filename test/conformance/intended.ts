// Where Hopscope answers otherwise than Zipkin, and why.
import type { Difference } from './compare.ts'
import type { Asked } from './requests.ts'

export interface Intended {
  readonly why: string
  /** Which requests, by name. */
  readonly requests: RegExp
  /** Which part of the answer: `status`, `body`, or the name of a header. */
  readonly of: RegExp
  /** What Zipkin says; anything if not given. */
  readonly zipkin?: RegExp
  readonly ours?: RegExp
}

const ANY = /./
const LINK_TEXT = /"child"/

export const INTENDED: readonly Intended[] = [
  {
    why: 'text/* is no media type; ours is what the text is.',
    requests: ANY,
    of: /^content-type$/,
    zipkin: /^text\/\*$/,
    ours: /^text\/plain; charset=utf-8$/,
  },
  {
    why: 'A path that is none is answered in words that say which.',
    requests: ANY,
    of: /^body$/,
    zipkin: /^404 Not Found$/,
    ours: /^There is no \S+ \S+ here\.\n?$/,
  },
  {
    why: "Zipkin's text is Java's, and doesn't say which parameter is meant; the first wrong one may be another.",
    requests: ANY,
    of: /^body$/,
    zipkin: /^For input string: /,
    ours: /^\w+: ".*" is not a (whole number|number of \d+ bits)$/,
  },
  {
    why: 'Nothing that works at Zipkin fails here: a slash at the end and letters of another case are forgiven.',
    requests: /: GET (\/api\/v2\/services\/|\/API\/V2\/services|\/api\/v2\/trace\/a1\/)$/,
    of: ANY,
    ours: /^(200|application\/json|max-age=300, must-revalidate|\[.*)$/,
  },
  {
    why: 'HTTP (RFC 9110) knows HEAD wherever there is GET.',
    requests: /: HEAD /,
    of: /^(status|content-type|cache-control)$/,
    zipkin: /^(404|text\/plain; charset=utf-8|)$/,
    ours: /^(200|application\/json(; charset=utf-8)?|max-age=300, must-revalidate)$/,
  },
  {
    why: 'A path that is there, but not for the method, is 405 with Allow (RFC 9110).',
    requests: /^method: (POST|PUT|DELETE|PATCH|TRACE) |^no route: GET \/api\/v1\/spans$/,
    of: /^(status|allow|body)$/,
    zipkin: /^(404|404 Not Found|405 Method Not Allowed|)$/,
    ours: /^(405|POST|(POST, )?GET, HEAD|\/\S* takes (POST|(POST, )?GET, HEAD), not [A-Z]+\.\n?)$/,
  },
  {
    why: 'OPTIONS tells what there is; Zipkin knows only those of CORS.',
    requests: /: OPTIONS /,
    of: /^(status|content-type|allow|body)$/,
    zipkin: /^(404|404 Not Found|text\/plain; charset=utf-8|)$/,
    ours: /^(200|text\/plain|GET, HEAD)$/,
  },
  {
    why: 'We have no gRPC whose headers a page would need.',
    requests: ANY,
    of: /^access-control-(allow|expose)-headers$/,
    zipkin: /grpc/,
    ours: /^(content-type|)$/,
  },
  {
    why: "A page of any origin reads Zipkin's API, and nothing else of ours.",
    requests: /^(from a page|preflight): \w+ \/(nothing|health)$/,
    of: /^access-control-allow-(origin|methods|headers)$|^access-control-max-age$/,
    ours: /^$/,
  },
  {
    why: 'Conditions without a key are none. Zipkin looks for an empty tag, in memory, and for nothing in its other stores.',
    requests: /annotationQuery=(%20and%20|%3Dx)$/,
    of: /^body$/,
  },
  {
    why: 'Zipkin writes zero bytes behind the JSON of a text with U+2028.',
    requests: /trace\/e7$/,
    of: /^body$/,
    zipkin: /\0$/,
  },
  {
    why: 'Traces come in the order in which they were asked for.',
    requests: /traces by id: .*=11000000000000000000000000000abc,0000000000000abc$/,
    of: /^body$/,
  },
  {
    why: 'An id that is unknown is no empty trace; Zipkin itself gives one only in lenient mode.',
    requests: /^lenient, traces by id, one unknown: /,
    of: /^body$/,
    zipkin: /,\[\]\]$/,
  },
  {
    why: 'Links are drawn within one trace id. Zipkin draws them over all that share their last 64 bits, in strict mode too.',
    requests: /links.*dependencies\?endTs=T\+(12400&lookback=800|40000&lookback=86400000|70000)$/,
    of: /^body$/,
    zipkin: LINK_TEXT,
  },
  {
    why: 'A span that is refused is named with its reason, and the others of its list are stored.',
    requests: /^post of /,
    of: /^body$/,
    zipkin: /reading List<Span> from json$/,
    ours: /^1 of 1 spans refused, 0 stored\.\n/,
  },
  {
    why: 'A body that is no list is answered in words that say what is wrong with it.',
    requests: /^post (cut short|proto3, |of (no JSON|an object|bad gzip))/,
    of: /^body$/,
    zipkin: /reading List<Span> from (json|proto3)$|^Expected a JSON_V2 encoded list|^Cannot gunzip spans$/,
  },
  {
    why: 'Spans of the other version are refused with the path that takes them.',
    requests: /^post (of v1 at v2|v1, of v2): /,
    of: /^body$/,
    zipkin: /^Expected a JSON_V[12] encoded list, but received: JSON_V[12]\n$/,
    ours: /^These are Zipkin v[12] spans, and v[12] spans are expected here\. Post them to \/api\/v[12]\/spans\.\n$/,
  },
  {
    why: 'A tag with an empty key is kept; Zipkin drops it from proto3, and keeps it from JSON.',
    requests: /^stored by proto3: .*\/ce6$/,
    of: /^body$/,
    ours: /"tags":\{"":"empty key"/,
  },
  {
    why: 'A value of the first format that is a number or a flag is kept, as text; Zipkin drops it.',
    requests: /^stored by v1: .*\/d2$/,
    of: /^body$/,
    ours: /"flag":"true","n":"5"/,
  },
  {
    why: "Spans are taken below /zipkin too: Zipkin's UI and its API share that path, and so may a proxy's rule.",
    requests: /^post below \/zipkin: /,
    of: ANY,
    zipkin: /^405|^text\/plain/,
  },
  {
    why: 'Health has, in `components`, what our parts say of themselves; they are others than those of Zipkin.',
    requests: /operator: GET (\/actuator)?\/health$/,
    of: /^body$/,
    ours: /^\{"status":"string","zipkin":\{"status":"string","details":\{"storage":\{"status":"string"\}\}\},"components":/,
  },
  {
    why: 'There is no commit of Zipkin behind this API, and there is a name and a version of ours.',
    requests: /operator: GET (\/actuator)?\/info$/,
    of: /^body$/,
    ours: /^\{"name":"string","version":"string","zipkin":\{"version":"string"\}\}$/,
  },
  {
    why: 'The longest answer of the last minutes is what the histogram says.',
    requests: /operator: GET (\/actuator)?\/prometheus$/,
    of: /^body$/,
    zipkin: /^http_server_requests_seconds histogram\nhttp_server_requests_seconds_max gauge\n/,
    ours: /^http_server_requests_seconds histogram\n/,
  },
  {
    why: 'The viewer is ours, at the root; pages of Zipkin that people have links to lead to it.',
    requests:
      /^page: GET (\/|\/zipkin|\/zipkin\/|\/zipkin\/traces\/a1|\/zipkin\/dependency|\/favicon\.ico)$|^no route: GET \/traces\/a1$/,
    of: ANY,
  },
]

export function isIntended({ requests, of, zipkin, ours }: Intended, asked: Asked, difference: Difference): boolean {
  return requests.test(asked.name) && of.test(difference.of) && (zipkin?.test(difference.zipkin) ?? true) && (ours?.test(difference.ours) ?? true)
} // prettier-ignore
