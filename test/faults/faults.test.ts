// The short form of every fault: nothing lost, nothing twice, nothing wrong answered. `npm run faults` is the long one.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithOwn } from '../backends/describe.ts'
import { FAULTS, SHORT } from './faults.ts'
import { brokenPromises, type Row, table } from './row.ts'
import { Stage } from './stage.ts'

describeWithOwn(['kafka', 'elasticsearch'], 'no promise is broken', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.open()
  }, 600_000)
  afterAll(() => stage?.close(), 60_000)

  test.each(FAULTS)(
    'when $name: $about',
    async (fault) => {
      let row: Row
      try {
        row = await fault.play(stage, SHORT)
      } catch (error) {
        await stage.mend()
        throw error
      }
      expect({ row: table([row]), broken: brokenPromises(row) }).toMatchObject({ broken: [] })
    },
    240_000,
  )
})
