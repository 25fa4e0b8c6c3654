// The contract names exactly the errors of the table, and each operation once.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { ERRORS } from './errors.ts'

const contract = readFileSync(new URL('./openapi.yaml', import.meta.url), 'utf8')

describe('openapi.yaml', () => {
  test('lists the codes of the table of errors as those of a problem', () => {
    const [, list = ''] =
      /\n {8}code:\n {10}type: string\n {10}enum:\n((?: {12}- [a-z-]+\n)+)/.exec(contract) ?? []
    expect(list.trim().split(/\s*- /).filter(Boolean)).toEqual(Object.keys(ERRORS))
  })

  test('has one operation id for each operation', () => {
    const ids = [...contract.matchAll(/^ {6}operationId: (\w+)$/gm)].map(([, id]) => id)
    const operations = contract.match(/^ {4}(?:get|post|put|delete|patch):$/gm) ?? []
    expect(ids).toHaveLength(operations.length)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('refers only to what it defines', () => {
    const [, components = ''] = contract.split('\ncomponents:\n')
    const defined = new Set<string>()
    let section = ''
    for (const [, indent = '', name = ''] of components.matchAll(/^( {2}| {4})([A-Za-z]+):/gm)) {
      if (indent.length === 2) section = name
      else defined.add(`${section}/${name}`)
    }
    const used = [...contract.matchAll(/'#\/components\/([A-Za-z/]+)'/g)].map(([, name = '']) => name)
    expect(used.filter((name) => !defined.has(name))).toEqual([])
    expect([...defined].filter((name) => !used.includes(name))).toEqual([])
  })
})
