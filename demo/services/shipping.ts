// In distributed mode: packs what was ordered, one order at a time, so that in a rush orders wait in Kafka.
import { call, pause, startService } from '../service.ts'

const PACKING_MS = 80

const itemsOf = (order: unknown): string[] =>
  typeof order === 'object' && order !== null && 'items' in order && Array.isArray(order.items)
    ? order.items.map(String)
    : []

startService('shipping', async (_app, tracer, urlOf, orders) => {
  await orders?.consume(async (order) => {
    const [first = 'tea'] = itemsOf(order)
    await call(`${urlOf('inventory')}/stock/${encodeURIComponent(first)}`)
    await tracer.withSpan('pack parcel', () => pause(PACKING_MS))
  })
})
