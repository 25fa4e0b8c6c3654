// Spans of Zipkin's first format, whose annotations become kinds, durations and endpoints; each trace of another case.

const T = 1_500_000_000_000_000
const web = { serviceName: 'web', ipv4: '10.0.0.1', port: 80 }
const pay = { serviceName: 'PAY', ipv6: '2001:db8::1' }
const at = (micros: number, value: string, endpoint?: object) => ({ timestamp: T + micros, value, endpoint })
const address = (key: string, endpoint: object) => ({ key, value: true, endpoint })
const span = (traceId: string, more: object) => ({ traceId, id: '2', parentId: '1', name: 'Get', ...more })

export const V1_SPANS: Readonly<Record<string, readonly object[]>> = {
  'both halves in one': [
    span('d1', { timestamp: T, duration: 90, annotations: [at(0, 'cs', web), at(20, 'sr', pay), at(70, 'ss', pay), at(90, 'cr', web), at(40, 'retry', pay)], binaryAnnotations: [{ key: 'http.path', value: '/', endpoint: web }, { key: 'error', value: 'no', endpoint: pay }] }),
  ],
  'a client with its peer': [
    span('d2', { timestamp: T, duration: 90, annotations: [at(0, 'cs', web), at(90, 'cr', web)], binaryAnnotations: [address('sa', pay), { key: 'n', value: 5, endpoint: web }, { key: 'flag', value: true, endpoint: web }] }),
  ],
  'a server with its peer, without times of its own': [
    span('d3', { annotations: [at(20, 'sr', pay), at(70, 'ss', pay)], binaryAnnotations: [address('ca', web)] }),
  ],
  'only the start of a client': [span('d4', { annotations: [at(0, 'cs', web)] })],
  'only the end of a client': [span('d5', { annotations: [at(9, 'cr', web)] })],
  'only the end of a server': [span('d6', { annotations: [at(9, 'ss', web)] })],
  'a message sent and received': [
    span('d7', { timestamp: T, duration: 5, annotations: [at(0, 'ms', web), at(5, 'ws', web)], binaryAnnotations: [address('ma', { serviceName: 'kafka' })] }),
    span('d7', { id: '3', annotations: [at(9, 'mr', pay)], binaryAnnotations: [address('ma', { serviceName: 'kafka' })] }),
  ],
  'local work': [
    span('d8', { timestamp: T, duration: 5, annotations: [], binaryAnnotations: [{ key: 'lc', value: 'worker', endpoint: web }] }),
    span('d8', { id: '3', timestamp: T, binaryAnnotations: [{ key: 'lc', value: '', endpoint: pay }] }),
  ],
  'no endpoint anywhere': [span('d9', { timestamp: T, duration: 5, annotations: [{ timestamp: T, value: 'x' }], debug: true })],
  'two addresses and no event': [
    span('da', { timestamp: T, duration: 5, binaryAnnotations: [address('ca', web), address('sa', pay)] }),
  ],
  'a server whose client has its name': [
    span('db', { timestamp: T, annotations: [at(0, 'sr', web), at(5, 'ss', web)], binaryAnnotations: [address('ca', web)] }),
  ],
  'a shared span of a server': [
    span('dc', { timestamp: T, duration: 9, annotations: [at(0, 'cs', web), at(9, 'cr', web)] }),
    span('dc', { annotations: [at(2, 'sr', pay), at(5, 'ss', pay)] }),
  ],
} // prettier-ignore
