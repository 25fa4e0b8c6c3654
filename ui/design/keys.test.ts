/** @jest-environment jsdom */
// Keys are the page's own, unless a field or an open dialog has them.
import { afterEach, expect, test } from '@jest/globals'
import { isForPage, targetOf } from './keys.ts'

afterEach(() => document.body.replaceChildren())

function press(selector: string, init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key: '/', bubbles: true, ...init })
  document.querySelector(selector)?.dispatchEvent(event)
  return event
}

test('keys pressed in a field, in an open dialog or with a modifier are not for the page', () => {
  document.body.innerHTML = '<input /><dialog open><button></button></dialog><p></p>'
  for (const selector of ['input', 'button']) expect(isForPage(press(selector))).toBe(false)
  expect(isForPage(press('p', { ctrlKey: true }))).toBe(false)
  expect(isForPage(press('p'))).toBe(true)
})

test('a dialog that was closed has the focus for a moment yet, but no keys any more', () => {
  document.body.innerHTML = '<dialog><button></button></dialog>'
  const event = press('button')
  expect(isForPage(event)).toBe(true)
  expect(targetOf(event)).toBe(document.body)
})

test('radio buttons and checkboxes leave letters to the page: nothing is typed there', () => {
  document.body.innerHTML = '<input type="radio" /><input type="checkbox" /><input type="search" />'
  const answers = ['radio', 'checkbox', 'search'].map((type) => isForPage(press(`[type=${type}]`)))
  expect(answers).toEqual([true, true, false])
})

test('what is typed into an editor is not for the page, also where it stands in a shadow root', () => {
  document.body.innerHTML = '<p contenteditable="true"><b></b></p><div></div>'
  const line = document.createElement('span')
  line.setAttribute('contenteditable', 'true')
  document.querySelector('div')?.attachShadow({ mode: 'open' }).append(line)
  const seen: boolean[] = []
  const look = (event: KeyboardEvent) => seen.push(isForPage(event))
  window.addEventListener('keydown', look)
  for (const at of [document.querySelector('b'), line, document.body])
    at?.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true, composed: true }))
  window.removeEventListener('keydown', look)
  expect(seen).toEqual([false, false, true])
})
