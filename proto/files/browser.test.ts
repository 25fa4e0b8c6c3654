import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { type FileSpans, spansOfFile } from './files.ts'

const OF_NODE = ['Buffer', 'process', 'require', 'global', 'setImmediate', '__dirname']
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

let code = ''
let context: object

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('files.ts', import.meta.url))],
    bundle: true,
    // What is built in to Node can't be resolved then.
    platform: 'browser',
    format: 'iife',
    globalName: 'files',
    write: false,
    logLevel: 'silent',
    define: Object.fromEntries(OF_NODE.map((name) => [name, `ONLY_NODE_HAS_${name}`])),
  })
  code = outputFiles[0]?.text ?? ''
  context = createContext({ TextDecoder, TextEncoder })
  runInContext(code, context)
})

describe('in a browser', () => {
  test('the reader of files has all it names', () => {
    expect(code).toContain('spansOfFile')
    expect(code.match(/ONLY_NODE_HAS_\w+/g)).toBeNull()
  })

  test.each([
    ['zipkin-v2-wild.json', 'zipkin'],
    ['zipkin-v2-canonical.json', 'zipkin'],
    ['zipkin-v1.json', 'zipkin-v1'],
    ['jaeger-ui.json', 'jaeger'],
    ['tempo.json', 'otlp'],
    ['otlp.json', 'otlp'],
  ])('%s is read as %s, as in Node', (name, format) => {
    const bytes = fixture(name)
    Object.assign(context, { bytes: new Uint8Array(bytes) })
    const read = JSON.parse(
      String(runInContext('JSON.stringify(files.spansOfFile(bytes, "dropped"))', context)),
    ) as FileSpans
    expect(read.format).toBe(format)
    expect(read.spans.length).toBeGreaterThan(0)
    expect(read).toEqual(JSON.parse(JSON.stringify(spansOfFile(bytes, 'dropped'))))
  })
})
