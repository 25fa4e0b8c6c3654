// Everything can be read and told apart, in every theme: contrast ratios (WCAG 2.2, 1.4.3, 1.4.6, 1.4.11) of the tokens.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { PALETTE_SIZE } from './colors.ts'
import { contrastOf, oklabOf, type Rgb, rgbOf, seenBy, SIGHTS } from './contrast.ts'

const css = readFileSync(fileURLToPath(new URL('tokens.css', import.meta.url)), 'utf8')

type Tokens = ReadonlyMap<string, string>
const block = (selector: string): Tokens => {
  const start = css.indexOf(`${selector} {`)
  if (start < 0) throw new Error(`tokens.css has no ${selector}`)
  const body = css.slice(start, css.indexOf('}', start))
  return new Map(
    [...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

const plain = block(':root')
const contrast = block(":root[data-theme='contrast']")

const half = (tokens: Tokens, side: 0 | 1) =>
  new Map(
    [...tokens].flatMap(([name, value]): [string, Rgb][] => {
      const pair = /^light-dark\(\s*(#\w+),\s*(#\w+)\s*\)$/.exec(value)
      return pair ? [[name, rgbOf(pair[side + 1] ?? '')]] : []
    }),
  )
const both = new Map([...plain, ...contrast])
const THEMES = [
  { theme: 'light', colours: half(plain, 0), text: 4.5, edge: 3 },
  { theme: 'dark', colours: half(plain, 1), text: 4.5, edge: 3 },
  { theme: 'light, high contrast', colours: half(both, 0), text: 7, edge: 4.5 },
  { theme: 'dark, high contrast', colours: half(both, 1), text: 7, edge: 4.5 },
]

const GROUNDS = ['page', 'surface', 'raised', 'sunken', 'hover', 'selected']
const INKS = ['ink', 'ink-2', 'ink-3', 'accent', 'error', 'warn', 'critical']
const WASHES = [
  ['accent', 'accent-wash'],
  ['error', 'error-wash'],
  ['warn', 'warn-wash'],
] as const
const TEXTS = [
  ...GROUNDS.flatMap((ground) => INKS.map((ink) => [ink, ground] as const)),
  ...WASHES.flatMap(([own, wash]) => ['ink', 'ink-2', own].map((ink) => [ink, wash] as const)),
  ['on-accent', 'accent'] as const,
]
const PLAIN_GROUNDS = ['page', 'surface', 'raised']
/** Distances in OKLab; two colours side by side are told apart from 0.02 on. */
const leastApart = (sight: string) => (sight === 'tritan' ? 0.07 : 0.08)
const services = Array.from({ length: PALETTE_SIZE }, (_, i) => `svc-${i}`)

describe.each(THEMES)('$theme', ({ theme, colours, text, edge }) => {
  const of = (name: string): Rgb => {
    const colour = colours.get(`--${name}`)
    if (!colour) throw new Error(`no --${name} in ${theme}`)
    return colour
  }
  const below = (pairs: readonly (readonly [string, string])[], least: number) =>
    pairs
      .map(([on, ground]) => ({ on, ground, ratio: contrastOf(of(on), of(ground)) }))
      .filter(({ ratio }) => ratio < least)
      .map(({ on, ground, ratio }) => `${on} on ${ground}: ${ratio.toFixed(2)}`)
  const on = (names: readonly string[], grounds: readonly string[]) =>
    grounds.flatMap((ground) => names.map((name) => [name, ground] as const))

  test(`text has ${text}:1 on every ground it stands on`, () => {
    expect(below(TEXTS, text)).toEqual([])
  })

  test(`the edges of controls and the focus ring have ${edge}:1`, () => {
    const edges = text === 7 ? ['line-control', 'line-strong', 'accent'] : ['line-control', 'accent']
    expect(below(on(edges, PLAIN_GROUNDS), edge)).toEqual([])
  })

  test('the colours of services have 3:1', () => {
    expect(below(on([...services, 'svc-none'], ['page', 'surface']), 3)).toEqual([])
  })

  test.each(SIGHTS)('two services are never alike to %s sight', (sight) => {
    const seen = services.map((name) => oklabOf(seenBy(sight, of(name))))
    const near = seen.flatMap((a, i) =>
      seen.slice(i + 1).map((b, j) => ({
        pair: `${i} ${i + 1 + j}`,
        apart: Math.hypot(...a.map((v, k) => v - (b[k] ?? 0))),
      })),
    )
    expect(near.filter(({ apart }) => apart < leastApart(sight))).toEqual([])
  })
})

test('high contrast is the same when the system asks for it as when it is chosen', () => {
  const asked = css.slice(css.indexOf('@media (prefers-contrast: more)'))
  expect(asked).toContain(':root:not([data-theme]) {')
  const [, first = '', second = ''] = css.split(
    /:root\[data-theme='contrast'\] \{|:root:not\(\[data-theme\]\) \{/,
  )
  const values = (body: string) =>
    body
      .slice(0, body.indexOf('}'))
      .split(';')
      .map((line) => line.trim())
  expect(values(second)).toEqual(values(first))
})

test('every colour has one of the system’s where it forces them, but those of services', () => {
  const forced = [...block(':root:root').keys()]
  const wanted = [...contrast.keys()]
  expect(forced.toSorted()).toEqual(wanted.toSorted())
})
