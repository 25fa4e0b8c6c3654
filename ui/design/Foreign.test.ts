/** @jest-environment jsdom */
// A long text from outside is shown whole only when asked for.
import { expect, test } from '@jest/globals'
import { flushSync, mount } from 'svelte'
import '../testing/mounted.ts'
import Foreign from './Foreign.svelte'
import { propsOf } from '../testing/props.svelte.ts'

test('asking for all of one text asks for nothing of the next', () => {
  const props = propsOf({ text: 'a'.repeat(100), limit: 10 })
  mount(Foreign, { target: document.body, props })
  flushSync()
  const length = () => document.querySelector('.foreign')?.textContent.length ?? 0
  document.querySelector('button')?.click()
  flushSync()
  expect(length()).toBe(100)
  props.text = 'b'.repeat(100)
  flushSync()
  expect(length()).toBe(10)
})
