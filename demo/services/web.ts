// The shop's front: takes an order and hands it to checkout.
import { currentContext } from '@hopscope/propagation'
import { call, startService } from '../service.ts'

startService('web', (app, _tracer, urlOf) => {
  app.post('/orders', async (request, response) => {
    const order = await call(`${urlOf('checkout')}/checkouts`, request.body)
    response.status(201).json({ order, requestId: currentContext()?.requestId })
  })
  app.get('/products/:product', async (request, response) => {
    response.json(await call(`${urlOf('inventory')}/stock/${encodeURIComponent(request.params.product)}`))
  })
})
