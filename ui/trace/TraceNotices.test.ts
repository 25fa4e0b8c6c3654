/** @jest-environment jsdom */
// What is off with a trace is said in the reader's language.
import { expect, test } from '@jest/globals'
import { columnsOf, type SpanId, type TraceWarningCode } from '@hopscope/model'
import { language } from '../language/texts.svelte.ts'
import { mounted } from '../testing/mounted.ts'
import { traceFromText } from '../testing/trace-fixture.ts'
import TraceNotices from './TraceNotices.svelte'
import { TraceState } from './trace-state.svelte.ts'

test('warnings are sentences in the language of the page, with the spans concerned', async () => {
  await language.use('zh')
  const columns = columnsOf(traceFromText('web SERVER get_/ 0 10'))
  const spanIds = ['00000000000000aa' as SpanId]
  const warning = { code: 'missing-parent' as const, message: '2 spans are …', spanIds, count: 2 }
  const warnings = [warning, { ...warning, code: 'new-code' as TraceWarningCode, message: 'A new one.' }]
  const trace = new TraceState({ ...columns, warnings })
  const notices = mounted(TraceNotices, { trace })
  const [known, unknown] = [...notices.target.querySelectorAll('li')].map((item) => item.textContent)
  expect(known).toContain('2 个跨度')
  expect(known).toContain('00000000000000aa')
  expect(known).not.toContain('spans')
  expect(unknown).toContain('A new one.')
  await notices.remove()
  await language.use('en')
})
