// Moves the money, declines some cards, fails on others. Its clock is 40 ms ahead of everyone else's.
import { pause, Refused, startService } from '../service.ts'

startService(
  'bank',
  (app) => {
    app.post('/transfers', async (request, response) => {
      const { card } = request.body as { card: string }
      await pause(20 + Math.random() * 20)
      if (card.includes('declined')) throw new Refused(402, 'card declined')
      if (card.includes('broken')) throw new Error('ledger is locked by another transfer')
      response.status(201).json({ transfer: Math.floor(Math.random() * 1e6) })
    })
  },
  { clockOffsetMs: 40 },
)
