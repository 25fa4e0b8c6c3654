// The package as it would be published: packed, unpacked where nothing else of this repository is, and used from there.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const run = promisify(execFile)
const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

let folder = ''
let tarball = new Uint8Array()
/** Where a service would have it. */
const installed = (): string => join(folder, 'node_modules', '@hopscope', 'propagation')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-package-'))
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: here })
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  tarball = new Uint8Array(readFileSync(join(folder, file)))
  mkdirSync(installed(), { recursive: true })
  await run('tar', ['-xzf', join(folder, file), '-C', installed(), '--strip-components=1'])
  const uuid = join(dirname(require.resolve('uuid')), '..', '..')
  cpSync(uuid, join(folder, 'node_modules', 'uuid'), { recursive: true })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a file of the consumer's and gives what it printed. */
const consumer = async (name: string, text: string): Promise<string> => {
  writeFileSync(join(folder, name), text)
  const { stdout, stderr } = await run(process.execPath, [name], { cwd: folder })
  expect(stderr).toBe('')
  return stdout
}

const SPAN = `
  const tracer = createTracer({ service: 'a', enableHttpTracing: false, reporter: {
    report: (span) => console.log(span.name, span.tags.request_id === currentContext()?.requestId),
    flush: async () => true, close: async () => {}, stats: () => ({}),
  } })
  tracer.withSpan('outer', () => tracer.withSpan('inner', () => {}))
`

describe('the published package', () => {
  test('works for those who import it, and for those who require it', async () => {
    const imported = await consumer(
      'a.mjs',
      `import { createTracer, currentContext } from '@hopscope/propagation'\n${SPAN}`,
    )
    const required = await consumer(
      'a.cjs',
      `const { createTracer, currentContext } = require('@hopscope/propagation')\n${SPAN}`,
    )
    expect(imported).toBe('inner true\nouter true\n')
    expect(required).toBe(imported)
  })

  test('has one context for the two of them in one process', async () => {
    const printed = await consumer(
      'both.mjs',
      `import { createRequire } from 'node:module'
       import { currentContext, runWithContext } from '@hopscope/propagation'
       const other = createRequire(import.meta.url)('@hopscope/propagation')
       if (other.runWithContext === runWithContext) throw new Error('it is the same copy')
       runWithContext({ requestId: 'r', traceId: 't', spanId: 's', sampled: true }, () => {
         console.log(other.currentContext().requestId)
         other.runUntraced(() => console.log(currentContext()))
       })`,
    )
    expect(printed).toBe('r\nundefined\n')
  })

  test('has an entry for OpenTelemetry by itself, both ways', async () => {
    const use = `console.log(new RequestIdPropagator().fields())`
    const from = '@hopscope/propagation/opentelemetry'
    expect(await consumer('o.mjs', `import { RequestIdPropagator } from '${from}'\n${use}`)).toMatch(
      /request-id/i,
    )
    expect(await consumer('o.cjs', `const { RequestIdPropagator } = require('${from}')\n${use}`)).toMatch(
      /request-id/i,
    )
  })

  test('has types that hold for both kinds of module under strict rules', async () => {
    const text = `
      import { createTracer, type Context, currentContext } from '@hopscope/propagation'
      import { RequestIdPropagator } from '@hopscope/propagation/opentelemetry'
      const tracer = createTracer({ service: 'a' })
      const given: number = tracer.withSpan('x', () => 1)
      const context: Context | undefined = currentContext()
      export const all = [given, context, new RequestIdPropagator().fields()]
      // @ts-expect-error a service must have a name
      createTracer({})
    `
    for (const name of ['esm.mts', 'cjs.cts']) writeFileSync(join(folder, name), text)
    const tsc = require.resolve('typescript/bin/tsc')
    const types = join(dirname(require.resolve('@types/node/package.json')), '..')
    for (const module of ['node16', 'nodenext']) {
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        module,
        '--target',
        'es2022',
        '--skipLibCheck',
        'false',
      ]
      await run(
        process.execPath,
        [tsc, ...options, '--typeRoots', types, '--types', 'node', 'esm.mts', 'cjs.cts'],
        { cwd: folder },
      ).catch((error: { stdout?: string }) => {
        throw new Error(error.stdout)
      })
    }
  }, 60_000)

  test('has nothing that publint or Are the Types Wrong find', async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: tarball.buffer },
      strict: true,
    })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
    const analysis = await checkPackage(createPackageFromTarballData(tarball))
    // Node 10 and its like know no \`exports\`: it takes a newer one to run this at all.
    const problems = 'problems' in analysis ? analysis.problems : ['no types']
    expect(problems.filter((problem) => !JSON.stringify(problem).includes('node10'))).toEqual([])
  }, 60_000)

  test('carries its code, types, licence and README, and no sources, tests or server', () => {
    const files = readdirSync(installed(), { recursive: true, encoding: 'utf8' })
    for (const name of ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/cjs/index.js']) {
      expect(files).toContain(name)
    }
    expect(files.filter((name) => /\.test\.|testing|(?<!\.d)\.ts$|tsbuildinfo|\.map$/.test(name))).toEqual([])
    const { dependencies } = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    expect(Object.keys(dependencies)).toEqual(['uuid'])
  })
})
