// Reserves every item and charges the card, all at the same time, and tells shipping where there is
// a Kafka to tell it by; a payment service that is busy is asked once more.
import { call, pause, Refused, startService } from '../service.ts'

let orders = 1000

startService('checkout', (app, tracer, urlOf, queue) => {
  const reserve = (item: string): Promise<unknown> =>
    call(`${urlOf('inventory')}/stock/${encodeURIComponent(item)}/reservations`, { quantity: 1 })

  const charge = async (order: number, card: string): Promise<unknown> => {
    const attempt = (): Promise<unknown> => call(`${urlOf('payment')}/charges`, { order, card, amount: 42 })
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503) throw error
      await pause(25)
      return attempt()
    }
  }

  app.post('/checkouts', async (request, response) => {
    const { items, card } = request.body as { items: string[]; card: string }
    const order = ++orders
    const price = tracer.withSpan('price basket', (span) => {
      span.tag('items', items.length)
      return items.length * 14
    })
    // All are waited for, also when one has failed: nothing of this order may still be going on after the answer.
    const results = await Promise.allSettled([
      ...items.map(reserve),
      charge(order, card),
      queue?.publish({ order, items }),
    ])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    response.status(201).json({ order, price })
  })
})
