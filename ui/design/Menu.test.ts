/** @jest-environment jsdom */
// A menu gives the focus back to its button when something in it was chosen.
import { expect, test } from '@jest/globals'
import { createRawSnippet, flushSync } from 'svelte'
import { mounted } from '../testing/mounted.ts'
import Menu from './Menu.svelte'

test('choosing in a menu puts the focus back on its button, unless the choice moved it elsewhere', () => {
  const children = createRawSnippet<[() => void]>((close) => ({
    render: () => '<div><button class="one"></button><button class="other"></button></div>',
    setup: (box) => {
      box.querySelector('.one')?.addEventListener('click', () => close()())
      box.querySelector('.other')?.addEventListener('click', () => {
        elsewhere.focus()
        close()()
      })
    },
  }))
  const elsewhere = document.body.appendChild(document.createElement('input'))
  const menu = mounted(Menu, { label: 'Fold', children })
  const trigger = menu.target.querySelector('button')
  const choose = (what: string) => {
    trigger?.click()
    flushSync()
    const choice = menu.target.querySelector<HTMLElement>(what)
    choice?.focus()
    choice?.click()
    flushSync()
    return document.activeElement
  }
  expect(choose('.one')).toBe(trigger)
  expect(trigger?.getAttribute('aria-expanded')).toBe('false')
  expect(choose('.other')).toBe(elsewhere)
})
