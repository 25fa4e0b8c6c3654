// The spans that both servers are given, as wire JSON. Traces lie a second apart, so that their order is plain.

type Wire = Readonly<Record<string, unknown>>

const endpoint = (serviceName: string, more: Wire = {}) => ({ serviceName, ...more })
const span = (traceId: string, id: string, more: Wire): Wire => ({ traceId, id, ...more })

/** Characters that JSON may or must escape, and some that need more than one unit. */
const ODD_TEXT = 'quote " back \\ slash / tab \t line \n null \u0000 bell \u0007 del \u007f é 漢 😀 <&>\'' // prettier-ignore

/** @param t0 milliseconds since the epoch of the first trace's start */
export function conformanceSpans(t0: number): Wire[] {
  /** Microseconds: the trace's second, and some milliseconds more. */
  const at = (second: number, milliseconds = 0) => (t0 + second * 1000 + milliseconds) * 1000
  return [
    // 1: a call with both halves under one id, and an error on the server's.
    span('a1', '1', { name: 'GET /Buy', kind: 'SERVER', timestamp: at(1), duration: 90_000, localEndpoint: endpoint('Web', { ipv4: '10.0.0.1', port: 80 }), tags: { environment: 'prod', 'http.path': '/buy?a=1 b', 'http.method': 'GET' } }),
    span('a1', '2', { parentId: '1', kind: 'CLIENT', name: 'post /charge', timestamp: at(1, 10), duration: 60_000, localEndpoint: endpoint('web'), remoteEndpoint: endpoint('PAY', { ipv6: '2001:db8::1', port: 443 }) }),
    span('a1', '2', { parentId: '1', kind: 'SERVER', shared: true, name: 'post /charge', timestamp: at(1, 20), duration: 40_000, localEndpoint: endpoint('pay'), remoteEndpoint: endpoint('web'), tags: { error: '', environment: 'test' }, annotations: [{ timestamp: at(1, 30), value: 'retry now' }, { timestamp: at(1, 25), value: 'first' }] }),
    // 2: a long id, one span.
    span('b2000000000000000000000000000002', '1', { name: 'tick', timestamp: at(2), duration: 500, localEndpoint: endpoint('cron'), tags: { environment: 'prod' } }),
    // 3: a client whose server did not report, a client with a child, a database that was never instrumented.
    span('c3', '1', { kind: 'SERVER', name: 'list', timestamp: at(3), duration: 200_000, localEndpoint: endpoint('shop'), remoteEndpoint: endpoint('browser') }),
    span('c3', '2', { parentId: '1', kind: 'CLIENT', name: 'select', timestamp: at(3, 10), duration: 9000, localEndpoint: endpoint('shop'), remoteEndpoint: endpoint('mysql', { port: 3306 }), tags: { error: 'deadlock' } }),
    span('c3', '3', { parentId: '1', kind: 'CLIENT', name: 'get', timestamp: at(3, 30), duration: 9000, localEndpoint: endpoint('shop'), remoteEndpoint: endpoint('cache') }),
    span('c3', '4', { parentId: '3', kind: 'SERVER', name: 'get', timestamp: at(3, 31), duration: 7000, localEndpoint: endpoint('memcached') }),
    // 4: messaging through a named broker, and without one.
    span('d4', '1', { kind: 'PRODUCER', name: 'send', timestamp: at(4), duration: 1000, localEndpoint: endpoint('orders'), remoteEndpoint: endpoint('kafka') }),
    span('d4', '2', { parentId: '1', kind: 'CONSUMER', name: 'receive', timestamp: at(4, 50), duration: 1000, localEndpoint: endpoint('billing'), remoteEndpoint: endpoint('kafka'), tags: { error: 'true' } }),
    span('d5', '1', { kind: 'PRODUCER', name: 'send', timestamp: at(5), duration: 1000, localEndpoint: endpoint('mailer') }),
    span('d5', '2', { parentId: '1', kind: 'CONSUMER', name: 'receive', timestamp: at(5, 50), localEndpoint: endpoint('smtp') }),
    // 6: every odd field.
    span('e6', '1', { name: 'ODD Name é', timestamp: at(6), duration: 0, debug: true, shared: false, localEndpoint: endpoint('odd service/é', { ipv4: '1.2.3.4', ipv6: '2001:DB8:0:0:0:0:0:1', port: 65_535 }), remoteEndpoint: { ipv6: '::ffff:1.2.3.5' }, tags: { z: 'last', a: 'first', '': 'empty key', empty: '', 'ünï': ODD_TEXT, __proto__x: '1', [ODD_TEXT]: 'odd key' } }),
    span('e6', '2', { parentId: '1', name: '', timestamp: 0, localEndpoint: {}, remoteEndpoint: { serviceName: '', port: 0 }, annotations: [], tags: {} }),
    span('e6', '3', { parentId: '0000000000000000', kind: 'CLIENT', localEndpoint: { ipv4: '127.0.0.1' } }),
    span('e6', '4', { parentId: '4', name: 'own parent', localEndpoint: { ipv6: '::1', port: 1 }, annotations: [{ timestamp: at(6, 2), value: ODD_TEXT }, { timestamp: at(6, 1), value: 'b' }, { timestamp: at(6, 1), value: 'a' }] }),
    span('e6', '5', { name: 'nulls', kind: null, timestamp: null, duration: null, localEndpoint: null, annotations: null, tags: null, debug: null, unknown: { nested: [1] } }),
    span('e6', '6', { name: 'ports as text', timestamp: String(at(6, 3)), duration: '7', localEndpoint: endpoint('texts', { port: '8080' }) }),
    // Without a time: what Zipkin makes of it would spoil every search that finds it.
    span('e7', '1', { name: 'separators', tags: { separators: 'é\u2028\u2029' } }),
    // 7: root known only by its children.
    span('f7', '2', { parentId: '1', kind: 'SERVER', name: 'orphan', timestamp: at(7), duration: 300, localEndpoint: endpoint('lost') }),
    span('f7', '3', { parentId: '2', kind: 'CLIENT', name: 'away', timestamp: at(7, 1), duration: 100, localEndpoint: endpoint('lost'), remoteEndpoint: endpoint('found') }),
    span('f7', '4', { parentId: '3', kind: 'SERVER', name: 'away', timestamp: at(7, 2), duration: 50, localEndpoint: endpoint('found'), tags: { error: 'x' } }),
    // 8: a local hop between services, and an error on the client's half alone.
    span('f8', '1', { name: 'local', timestamp: at(8), duration: 900, localEndpoint: endpoint('gateway') }),
    span('f8', '2', { parentId: '1', name: 'inner', timestamp: at(8, 1), duration: 100, localEndpoint: endpoint('worker') }),
    span('f8', '3', { parentId: '1', kind: 'CLIENT', name: 'ask', timestamp: at(8, 2), duration: 100, localEndpoint: endpoint('gateway'), remoteEndpoint: endpoint('oracle'), tags: { error: '' } }),
    span('f8', '3', { parentId: '1', kind: 'SERVER', shared: true, name: 'ask', timestamp: at(8, 2), duration: 50, localEndpoint: endpoint('oracle') }),
    // 9: the time of a trace is all it has.
    span('f9', '1', { timestamp: at(9) }),
    // No time: found by id alone.
    span('fa', '1', { name: 'timeless', localEndpoint: endpoint('clockless') }),
    // A trace that passed a tracer with ids of 64 bits, and two that share their last 64 bits. Newest first: Zipkin gives
    // such traces in the order in which they came.
    span('0000000000000abc', '2', { parentId: '1', kind: 'SERVER', name: 'inner', timestamp: at(12, 5), duration: 400, localEndpoint: endpoint('short-ids'), tags: { half: 'short' } }),
    span('11000000000000000000000000000abc', '1', { kind: 'SERVER', name: 'outer', timestamp: at(12), duration: 800, localEndpoint: endpoint('long-ids') }),
    span('33000000000000000000000000000def', '1', { name: 'two', timestamp: at(13, 1), localEndpoint: endpoint('twin') }),
    span('22000000000000000000000000000def', '1', { name: 'one', timestamp: at(13), localEndpoint: endpoint('twin') }),
    // Twelve more, for the default limit.
    ...Array.from({ length: 12 }, (_, i) => span(`ff${i.toString(16)}0`, '1', { name: `call ${i}`, timestamp: at(20 + i), duration: 1000 * (i + 1), localEndpoint: endpoint('many'), tags: { environment: `stage-${i % 5}`, n: String(i) } })),
  ] // prettier-ignore
}
