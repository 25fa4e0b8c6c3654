import { describe, expect, test } from '@jest/globals'
import { reconstruct } from './reconstruct.ts'
import { traceFromText } from '../testing/trace-text.ts'

const hops = (text: string) => reconstruct(traceFromText(text)).hops

describe('a hop', () => {
  test('splits the time of a call into caller, network there and back, and callee', () => {
    expect(
      hops(`
      % clock pay +400
      web get 0 100 SERVER
        web call 10 50 CLIENT ->payments
          pay called 20 30 SERVER shared error=no
    `),
    ).toEqual([
      {
        index: 0,
        kind: 'rpc',
        from: 'web',
        to: 'pay',
        operation: 'call',
        client: 1,
        server: 2,
        clientTime: 50_000,
        serverTime: 30_000,
        networkTime: 20_000,
        requestTransit: 10_000,
        responseTransit: 10_000,
        share: 0.5,
        error: true,
        retry: 0,
      },
    ])
  })
  test('has no network time if the server took longer than the client waited', () => {
    expect(
      hops(`
      web call 10 50 CLIENT
        pay called 20 80 SERVER
    `),
    ).toMatchObject([{ networkTime: undefined, requestTransit: 10_000, responseTransit: undefined }])
  })
  test('has no network time if the server ended after the client had left', () => {
    expect(
      hops(`
      web get 0 300 SERVER
        web pay 10 100 CLIENT error
          pay pay 90 60 SERVER
    `),
    ).toMatchObject([{ networkTime: undefined, requestTransit: 80_000, responseTransit: undefined }])
  })
  test('to what does not report is known from the caller', () => {
    expect(
      hops(`
      web a 1 2 CLIENT ->mysql
        web b 1 1 PRODUCER
    `),
    ).toMatchObject([
      { from: 'web', to: 'mysql', client: 0, server: undefined, kind: 'rpc' },
      { from: 'web', to: 'unknown', client: 1, server: undefined, kind: 'messaging' },
    ])
  })
  test('from what does not report is known from the callee', () => {
    expect(hops('web get 1 2 SERVER ->browser')).toMatchObject([
      { from: 'browser', to: 'web', client: undefined, server: 0 },
    ])
    expect(hops('web get 1 2 SERVER')).toEqual([])
  })
  test('from a server to a server whose client half is missing', () => {
    expect(
      hops(`
      web get 1 9 SERVER
        web local 1 9
          pay get 2 5 SERVER
          web self 2 5 SERVER
    `),
    ).toMatchObject([{ from: 'web', to: 'pay', client: undefined, server: 2 }])
  })
  test('from one instance to another of the same service, its client half missing', () => {
    expect(
      hops(`
      a get 0 100 SERVER @10.0.0.1
        a sub 10 50 SERVER @10.0.0.2
          a sub 20 30 SERVER @10.0.0.2
    `),
    ).toMatchObject([{ from: 'a', to: 'a', client: undefined, server: 1 }])
  })
  test('goes through local work, which is none itself', () => {
    expect(
      hops(`
      web call 1 9 CLIENT
        web encode 1 9
          pay get 2 5 SERVER
            pay local 2 5
    `),
    ).toMatchObject([{ client: 0, server: 2 }])
  })
  test("doesn't go through another service's local work: that is the callee", () => {
    expect(
      hops(`
      web get 0 100 SERVER
        web call 10 80 CLIENT ->b
          web encode 10 80
            b handler 20 60
              - nameless 25 40
                c work 30 20 SERVER
    `),
    ).toMatchObject([
      { from: 'web', to: 'b', client: 1, server: 3, networkTime: 20_000 },
      { from: 'b', to: 'c', client: undefined, server: 5 },
    ])
  })
  test('has its server as the callee, and not also what else ran there', () => {
    expect(
      hops(`
      web call 10 80 CLIENT id=c
      pay queued 15 5 parent=c
      pay called 20 60 SERVER parent=c
    `),
    ).toMatchObject([{ from: 'web', to: 'pay', client: 0, server: 2 }])
  })
  test('is one per server where several answer one client span', () => {
    const view = reconstruct(
      traceFromText(`
      web call 1 9 CLIENT
        pay get 2 5 SERVER
        pay2 get 3 5 SERVER
    `),
    )
    expect(view.hops.map(({ to, server }) => [to, server])).toEqual([
      ['pay', 1],
      ['pay2', 2],
    ])
    expect(view.spans.map(({ hop }) => hop)).toEqual([0, undefined, undefined])
  })
  test('through a broker waits in the queue from the end of sending', () => {
    expect(
      hops(`
      web send 0 5 PRODUCER ->kafka
        job work 25 50 CONSUMER ->kafka
    `),
    ).toMatchObject([
      { kind: 'messaging', from: 'web', to: 'job', requestTransit: 20_000, networkTime: undefined },
    ])
  })
  test('through a broker is one per consumer, each with its own queue, failure and no retry', () => {
    const view = reconstruct(
      traceFromText(`
      shop send 0 2 PRODUCER ->kafka
        ship receive 342 25 CONSUMER ->kafka
        mail receive 1902 80 CONSUMER ->kafka error
        fast receive 1 3 CONSUMER ->kafka
    `),
    )
    const seen = view.hops.map(({ to, client, requestTransit, error, retry }) => [
      to,
      client,
      requestTransit,
      error,
      retry,
    ])
    expect(seen).toEqual([
      ['fast', 0, 0, false, 0],
      ['ship', 0, 340_000, false, 0],
      ['mail', 0, 1_900_000, true, 0],
    ])
    expect(view.duration).toBe(1_982_000)
  })
  test('is not assumed between an orphan and the root', () => {
    expect(
      hops(`
      web call 0 9 CLIENT ->db
      pay lost 1 1 SERVER parent=ff
    `),
    ).toMatchObject([{ client: 0, server: undefined }])
  })
})

describe('retries', () => {
  const retries = (text: string) => hops(text).map(({ retry }) => retry)
  test('count the failed attempts right before', () => {
    expect(
      retries(`
      web get 0 100 SERVER
        web call 0 10 CLIENT ->pay error
        web call 10 10 CLIENT ->pay error
        web other 15 1 CLIENT ->pay
        web call 30 10 CLIENT ->pay
        web call 50 10 CLIENT ->pay
    `),
    ).toEqual([0, 1, 0, 2, 0])
  })
  test('leave out attempts still running, as hedged calls are', () => {
    expect(
      retries(`
      web get 0 100 SERVER
        web call 0 40 CLIENT ->pay error
        web call 1 10 CLIENT ->pay error
        web call 20 10 CLIENT ->pay error
        web call 50 10 CLIENT ->pay
    `),
    ).toEqual([0, 0, 1, 3])
  })
  test('are known where the failed attempt reached nobody and so names its target by host', () => {
    expect(
      retries(`
      web get 0 100 SERVER
        web "post /pay" 10 5 CLIENT ->pay.internal error
        web "post /pay" 20 50 CLIENT ->pay.internal
          pay "post /pay" 30 30 SERVER
    `),
    ).toEqual([0, 1])
  })
  test('are not calls of two services under one name, each with its own failures', () => {
    expect(
      retries(`
      web get 0 100 SERVER
        web post 10 5 CLIENT ->localhost error
        web post 20 5 CLIENT error
          pay post 21 3 SERVER
        web post 30 5 CLIENT ->stock error
        web post 40 5 CLIENT
          stock post 41 3 SERVER
        web post 50 5 CLIENT
          pay post 51 3 SERVER
    `),
    ).toEqual([0, 1, 0, 1, 2])
  })
  test('are not calls for different items under a templated name', () => {
    const items = (tag: string, first: string, second: string) => `
      web get 0 100 SERVER
        web "get /items/:id" 10 5 CLIENT error=404 ${tag}=${first}
          items "get /items/:id" 11 3 SERVER
        web "get /items/:id" 20 50 CLIENT ${tag}=${second}
          items "get /items/:id" 30 30 SERVER
    `
    for (const tag of ['http.path', 'http.url', 'url.full', 'http.target', 'url.path']) {
      expect(retries(items(tag, '/items/1', '/items/2'))).toEqual([0, 0])
      expect(retries(items(tag, '/items/1', '/items/1'))).toEqual([0, 1])
    }
  })
  test('an attempt without duration ended when it started', () => {
    expect(
      retries(`
      web get 0 100 SERVER
        web call 0 - CLIENT ->pay error
        web call 5 1 CLIENT ->pay
    `),
    ).toEqual([0, 1])
  })
})
