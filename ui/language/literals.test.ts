// Every text that people read comes from the message files: a template has none of its own.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { parse } from 'svelte/compiler'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Attributes whose value is read out or shown. */
const SPOKEN = new Set([
  'title',
  'aria-label',
  'placeholder',
  'alt',
  'aria-description',
  'aria-roledescription',
])
/** The product, and what is the same in every language. */
const SAME_EVERYWHERE = /^(?:· )?(?:Hopscope|JSON|TraceQL|UTC|µs|ms|s|p50|p95|p99|n|f|z|0|c|x|e)$/
const LETTERS = /\p{L}/u

interface TemplateNode {
  readonly type: string
  readonly name?: string
  readonly data?: string
  readonly value?: unknown
  readonly start: number
}

const isNode = (value: unknown): value is TemplateNode =>
  typeof value === 'object' && value !== null && 'type' in value

function literals(source: string): string[] {
  const found: string[] = []
  const pending: unknown[] = [parse(source, { modern: true }).fragment]
  const say = (text: string, at: number) => {
    const words = text.trim()
    if (!LETTERS.test(words) || SAME_EVERYWHERE.test(words)) return
    found.push(`line ${source.slice(0, at).split('\n').length}: ${words.slice(0, 60)}`)
  }
  for (let node = pending.pop(); pending.length > 0 || node !== undefined; node = pending.pop()) {
    if (Array.isArray(node)) pending.push(...(node as unknown[]))
    if (!isNode(node)) continue
    if (node.type === 'Text') say(node.data ?? '', node.start)
    if (node.type === 'Attribute') {
      if (!SPOKEN.has(node.name ?? '')) continue
      for (const part of [node.value].flat()) {
        if (isNode(part) && part.type === 'Text') say(part.data ?? '', part.start)
      }
      continue
    }
    if (node.type === 'StyleDirective' || (node.type === 'RegularElement' && node.name === 'code')) continue
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'parent' && key !== 'expression' && typeof value === 'object') pending.push(value)
    }
  }
  return found
}

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.svelte') && !/node_modules|dist|Gallery/.test(file),
)

test.each(files)('%s says nothing of its own', (file) => {
  expect(literals(readFileSync(`${ROOT}/${file}`, 'utf8'))).toEqual([])
})
