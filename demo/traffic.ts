// What the shop's customers do: mostly buy, sometimes look, now and then have bad luck.
interface Visit {
  what: string
  path: string
  order?: { items: string[]; card: string }
}

const buy = (what: string, items: string[], card: string): Visit => ({
  what,
  path: '/orders',
  order: { items, card },
})

const ORDINARY: readonly Visit[] = [
  buy('an order', ['tea', 'mug', 'spoon'], 'visa'),
  buy('a small order', ['tea'], 'visa'),
  { what: 'a look', path: '/products/tea' },
  buy('an order with a slow reservation', ['tea', 'crate', 'mug'], 'visa'),
  buy('an order', ['mug', 'honey', 'spoon'], 'visa'),
  buy('an order paid at the second try', ['honey'], 'visa-busy'),
  { what: 'a look', path: '/products/honey' },
  buy('an order with a declined card', ['tea', 'mug'], 'visa-declined'),
  buy('an order', ['spoon', 'honey'], 'visa'),
  buy('an order the bank failed on', ['mug'], 'visa-broken'),
]

/** Everything at once: three reservations side by side, one of them slow; a payment tried twice; a bank that fails. */
const STORY = buy('the story', ['tea', 'crate', 'mug'], 'visa-busy-broken')

export interface Visited {
  requestId: string
  status: number
}

const visit = async (web: string, { path, order }: Visit, requestId?: string): Promise<Visited> => {
  const headers = {
    ...(order && { 'content-type': 'application/json' }),
    ...(requestId && { 'x-request-id': requestId }),
  }
  const response = await fetch(web + path, {
    headers,
    ...(order && { method: 'POST', body: JSON.stringify(order) }),
    signal: AbortSignal.timeout(10_000),
  })
  await response.arrayBuffer()
  return { requestId: response.headers.get('x-request-id') ?? '', status: response.status }
}

/** The n-th of an endless row of visits. */
export const ordinaryVisit = (web: string, n: number): Promise<Visited> =>
  visit(web, ORDINARY[n % ORDINARY.length] ?? STORY)

/** The story, under a request id known beforehand. */
export const storyVisit = (web: string): Promise<Visited> =>
  visit(web, STORY, `demo-${Date.now().toString(36)}`)
