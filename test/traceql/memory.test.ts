import { expect, test } from '@jest/globals'
import { TRACES } from './fixture.ts'
import { memoryReader } from './memory-reader.ts'
import { caseCount, traceQlCases } from './suite.ts'

const opened = (reader: ReturnType<typeof memoryReader>) =>
  Promise.resolve({ reader, writer: { write: () => Promise.resolve([]) }, close: () => Promise.resolve() })

traceQlCases('the model', () => opened(memoryReader([...TRACES.values()])))

test('there are at least 150 cases', () => {
  expect(caseCount).toBeGreaterThanOrEqual(150)
})
