// docker-compose.yml against the code: what it sets is what somebody reads.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SETTINGS } from 'hopscope/dist/settings.js'
import { describe, expect, test } from '@jest/globals'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const text = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8')

/** The file's blocks by name: of the top level, and the services. */
const blocks = new Map(
  text('docker-compose.yml')
    .split(/\n(?=(?: {2})?[a-z-]+:)/)
    .map((block) => [/[a-z-]+/.exec(block)?.[0] ?? '', block]),
)
/** The variables that a block sets. */
const variablesOf = (name: string) =>
  [...(blocks.get(name) ?? '').matchAll(/^ +([A-Z][A-Z\d_]+):/gm)].map(([, variable = '']) => variable)

const settings = Object.values(SETTINGS)
const ofDemo = readdirSync(`${ROOT}demo`)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => text(`demo/${name}`))
  .join('\n')

describe('docker-compose.yml', () => {
  test.each(['x-settings', 'collector', 'query'])('sets in %s only variables of the server', (name) => {
    const known = settings.map(({ env }) => env as string)
    expect(variablesOf(name)).not.toEqual([])
    expect(variablesOf(name).filter((variable) => !known.includes(variable))).toEqual([])
  })

  test('sets for the demo only what it reads', () => {
    expect(variablesOf('demo')).not.toEqual([])
    expect(variablesOf('demo').filter((variable) => !ofDemo.includes(`'${variable}'`))).toEqual([])
  })

  test('holds no password', () => {
    const secrets = settings.filter((setting) => 'secret' in setting).map(({ env }) => env as string)
    const set = ['x-settings', 'collector', 'query', 'demo'].flatMap(variablesOf)
    expect(set.filter((variable) => variable !== 'ES_HOSTS' && secrets.includes(variable))).toEqual([])
  })
})
