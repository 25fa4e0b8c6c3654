/** @jest-environment jsdom */
// A dropped file is opened by the viewer, never by the browser in the viewer's place.
import { afterEach, expect, test } from '@jest/globals'
import { mounted } from '../testing/mounted.ts'
import { localFile } from '../trace/local-file.svelte.ts'
import FileDrop from './FileDrop.svelte'

const file = new File(['[]'], 'trace.json')

function drag(type: string, target: EventTarget, files: readonly File[] = []): Event {
  const items = files.map(() => ({ kind: 'file', webkitGetAsEntry: () => null }))
  const event = new Event(type, { bubbles: true, cancelable: true })
  Reflect.set(event, 'dataTransfer', { types: files.length > 0 ? ['Files'] : ['text/plain'], items, files })
  target.dispatchEvent(event)
  return event
}

afterEach(() => (localFile.file = undefined))

test('a file is taken also after a link was dragged that left the page before it was let go', async () => {
  const drop = mounted(FileDrop, {})
  const link = document.body.appendChild(document.createElement('a'))
  drag('dragstart', link)
  link.remove()
  expect(drag('dragover', document.body, [file]).defaultPrevented).toBe(true)
  expect(drag('drop', document.body, [file]).defaultPrevented).toBe(true)
  expect(localFile.file).toBe(file)
  await drop.remove()
})

test('a link of the page that is dragged and dropped is left to the browser, the one after it is not', async () => {
  const drop = mounted(FileDrop, {})
  drag('dragstart', document.body)
  expect(drag('drop', document.body).defaultPrevented).toBe(false)
  expect(drag('drop', document.body).defaultPrevented).toBe(true)
  expect(drop.all('drop-refused')).toHaveLength(0)
  await drop.remove()
})
