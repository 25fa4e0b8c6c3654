import { describe, expect, test } from '@jest/globals'
import { DependencyLinker, linkSpanFrom } from './dependencies.ts'
import type { LinkSpan } from './link-tree.ts'
import { traceFromText } from '../testing/trace-text.ts'

function linked(spans: readonly LinkSpan[]): string[] {
  const linker = new DependencyLinker()
  linker.addTrace(spans)
  return linker
    .links()
    .map((l) => `${l.parent}->${l.child} ${l.callCount}${l.errorCount > 0 ? ` failed ${l.errorCount}` : ''}`)
}
const spansOf = (text: string) => traceFromText(text).spans.map(linkSpanFrom)
/** In both orders of arrival: the answer is the same. */
function links(text: string): string[] {
  const spans = spansOf(text)
  const result = linked(spans)
  expect(linked(spans.toReversed())).toEqual(result)
  return result
}

describe('dependency links, as Zipkin counts them', () => {
  test.each([
    ['nothing from nothing', '', []],
    [
      'a call with both halves under one id, then an uninstrumented database',
      `web - - - SERVER
        web - - - CLIENT ->app
          app - - - SERVER shared ->web
            app - - - CLIENT ->db error`,
      ['app->db 1 failed 1', 'web->app 1'],
    ],
    [
      'a server that was not told its parent',
      `arn - - - SERVER id=a
      arn - - - CLIENT ->link id=b parent=a
      link - - - SERVER ->arn id=b shared`,
      ['arn->link 1'],
    ],
    [
      'a server that lost its shared flag',
      `arn - - - CLIENT ->link id=b
      link - - - SERVER ->arn id=b`,
      ['arn->link 1'],
    ],
    [
      'a client half that was never sent',
      `web - - - SERVER id=a
      app - - - SERVER ->web id=b shared
      app - - - CLIENT ->db id=c parent=b error`,
      ['app->db 1 failed 1', 'web->app 1'],
    ],
    ['a consumer with a broker', 'p - - - PRODUCER\n c - - - CONSUMER ->kafka', ['kafka->c 1']],
    ['a producer with a broker', 'p - - - PRODUCER ->kafka\n c - - - CONSUMER', ['p->kafka 1']],
    ['both with a broker', 'p - - - PRODUCER ->k1\n c - - - CONSUMER ->k2', ['k2->c 1', 'p->k1 1']],
    ['messages without a broker', 'p - - - PRODUCER\n c - - - CONSUMER', []],
    ['a server below a producer', 'p - - - PRODUCER\n s - - - SERVER', ['p->s 1']],
    ['a server that joined a producer', 'p - - - PRODUCER\n s - - - SERVER shared', ['p->s 1']],
    ['a consumer below a client', 'c - - - CLIENT\n d - - - CONSUMER', []],
    ['a lone server that names its client', 's - - - SERVER ->c', ['c->s 1']],
    ['a lone client that names its server', 'c - - - CLIENT ->s shared', ['c->s 1']],
    [
      'clients without a service of their own',
      'c - - - SERVER\n - - - - CLIENT ->s\n - - - - CLIENT ->s',
      ['c->s 2'],
    ],
    ['a call in two spans', 'c - - - CLIENT ->x\n s - - - SERVER', ['c->s 1']],
    ['a call in two spans, both failed', 'c - - - CLIENT error\n s - - - SERVER error', ['c->s 1 failed 1']],
    [
      'a call in two spans, failed for the client',
      'c - - - CLIENT error\n s - - - SERVER',
      ['c->s 1 failed 1'],
    ],
    [
      'one client, two servers',
      'c - - - CLIENT\n s - - - SERVER ->c error\n s - - - SERVER ->c',
      ['c->s 2 failed 1'],
    ],
    [
      'local work between, and a client in another service',
      `foo - - - SERVER
        - - - -
          bar - - - CLIENT ->baz error
          bar - - - CLIENT ->baz`,
      ['bar->baz 2 failed 1', 'foo->bar 2'],
    ],
    [
      'a client in another service that names nobody',
      'foo - - - SERVER\n bar - - - CLIENT error',
      ['foo->bar 1'],
    ],
    ['a service that calls itself', 's - - - SERVER ->s', ['s->s 1']],
    [
      'no kinds, but both sides',
      'a - - - ->b\n b - - - ->c error\n  c - - - ->d',
      ['a->b 1', 'b->c 1 failed 1', 'c->d 1'],
    ],
    ['one side only', '- - - - SERVER ->c', []],
    ['no side at all', 's - - - CLIENT', []],
    ['unrelated orphans', 'a - - - SERVER parent=ff\nb - - - SERVER parent=ff', []],
    ['related orphans', 'a - - - SERVER parent=ff\n b - - - SERVER', ['a->b 1']],
    ['a cycle, which hangs on nothing', 'a - - - SERVER id=1 parent=2\nb - - - SERVER id=2 parent=1', []],
    ['its own parent', 'a - - - SERVER ->z id=1 parent=1\n b - - - SERVER', ['a->b 1', 'z->a 1']],
  ] as const)('%s', (_name, text, expected) => {
    expect(links(text)).toEqual(expected)
  })
  test('reports of one span count once', () => {
    expect(links('c - - - CLIENT id=1\nc - - - ->s id=1\n- - - - error id=1')).toEqual(['c->s 1 failed 1'])
  })
  test('traces add up', () => {
    const linker = new DependencyLinker()
    const spans = spansOf('c - - - CLIENT ->s')
    linker.addTrace(spans)
    linker.addTrace(spans)
    expect(linker.links()).toEqual([{ parent: 'c', child: 's', callCount: 2, errorCount: 0 }])
  })
  test('a chain of 50,000 is no trouble', () => {
    const spans = Array.from({ length: 50_000 }, (_, i) => ({
      id: String(i),
      parentId: i === 0 ? undefined : String(i - 1),
      kind: i === 0 ? ('SERVER' as const) : undefined,
      shared: false,
      service: 'a',
      remoteService: undefined,
      error: false,
    }))
    spans.push({ ...spans[49_999], id: 'x', parentId: '49999', kind: 'SERVER', service: 'b' } as never)
    expect(linked(spans)).toEqual(['a->b 1'])
  })
})
