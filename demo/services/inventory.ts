// Knows what is in stock. Crates are kept in the other warehouse, which takes its time.
import { pause, startService } from '../service.ts'

startService('inventory', (app, tracer) => {
  const query = <T>(sql: string, ms: number, result: T): Promise<T> =>
    tracer.withSpan(
      sql.split(' ', 1).join('').toLowerCase(),
      async () => {
        await pause(ms)
        return result
      },
      { kind: 'CLIENT', remoteService: 'stock-db', tags: { 'sql.query': sql } },
    )

  app.get('/stock/:item', async (request, response) => {
    response.json({
      item: request.params.item,
      left: await query('SELECT left FROM stock WHERE item = ?', 3, 7),
    })
  })
  app.post('/stock/:item/reservations', async (request, response) => {
    const slow = request.params.item.includes('crate')
    await query(
      'UPDATE stock SET left = left - 1 WHERE item = ?',
      slow ? 300 : 5 + Math.random() * 10,
      undefined,
    )
    response.status(201).json({ item: request.params.item, reserved: 1 })
  })
})
