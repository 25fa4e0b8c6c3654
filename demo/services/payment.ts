// Charges a card at the bank. With a card named "busy" its first answer to an order is 503: try again.
import { call, pause, Refused, startService } from '../service.ts'

const turnedAway = new Set<number>()
const REMEMBERED = 1000

startService('payment', (app, _tracer, urlOf) => {
  app.post('/charges', async (request, response) => {
    const { order, card, amount } = request.body as { order: number; card: string; amount: number }
    if (card.includes('busy') && !turnedAway.has(order)) {
      if (turnedAway.size >= REMEMBERED) turnedAway.clear()
      turnedAway.add(order)
      await pause(15)
      throw new Refused(503, 'too many charges at once')
    }
    response.status(201).json(await call(`${urlOf('bank')}/transfers`, { card, amount }))
  })
})
