/** @jest-environment jsdom */
// What failed is said in the reader's language, as far as the viewer knows it.
import { afterEach, expect, test } from '@jest/globals'
import { flushSync } from 'svelte'
import { ApiError } from '../api/api.ts'
import { language } from '../language/texts.svelte.ts'
import { mounted } from '../testing/mounted.ts'
import Problem from './Problem.svelte'

afterEach(() => language.use('en'))

test('the common problems have a title in the reader’s language, others the server’s; the detail stays', async () => {
  const problem = (code: string) =>
    mounted(Problem, { error: new ApiError({ status: 400, title: 'Server words', detail: 'No 7.', code }) })
  const [slow, other] = [problem('query-too-slow'), problem('constructor')]
  expect(slow.text).toContain('The query took too long')
  await language.use('zh')
  flushSync()
  expect(slow.text).toContain('查询耗时过长')
  expect(slow.text).toContain('No 7.')
  expect(other.text).toContain('Server words')
  for (const { remove } of [slow, other]) await remove()
})

test('that the server cannot be reached is said in the language of now, not of when it failed', async () => {
  const error = new ApiError({ status: 0, title: '', detail: 'English', code: 'unreachable' })
  const { remove, ...shown } = mounted(Problem, { error })
  await language.use('zh')
  flushSync()
  expect(shown.target.textContent).toContain('没有收到应答')
  expect(shown.target.textContent).not.toContain('English')
  await remove()
})
