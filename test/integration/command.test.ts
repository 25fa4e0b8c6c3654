// What the command says when it can't start, what its help teaches, and what each role serves.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type ServerProcess, startServer, tempFolder } from '../support/server-process.ts'
import { post } from './client.ts'
import { runCommand } from './command.ts'

async function serving(env: Readonly<Record<string, string>>, use: (server: ServerProcess) => Promise<void>) {
  const server = await startServer({ env })
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

/** What it says on its way out: lines for people, no stack. */
async function failureOf(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['serve', ...args], { QUERY_PORT: '0', ...env })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).not.toMatch(/^\s+at |node:internal|undefined|\[object/m)
  return stderr.trimEnd()
}

describe('the command says in one line why it does not start', () => {
  test('on a data folder that another process has open, and names the folder and the process', async () => {
    await serving({}, async ({ dataDir, pid, url }) => {
      const text = await failureOf({ HOPSCOPE_DATA_DIR: dataDir })
      expect(text).toBe(
        `The data folder ${dataDir} is in use by the process ${pid}. Stop that process, or choose another folder with HOPSCOPE_DATA_DIR.`,
      )
      expect((await post(url, '[]')).status).toBe(202)
    })
  })

  test('on a port that is taken, and leaves its store closed behind it', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    try {
      const port = String((other.address() as AddressInfo).port)
      const dataDir = tempFolder()
      expect(await failureOf({ QUERY_PORT: port, HOPSCOPE_DATA_DIR: dataDir })).toBe(
        `Port ${port} on 127.0.0.1 is taken. Stop the process that has it, or choose another port with QUERY_PORT.`,
      )
    } finally {
      await new Promise((resolve) => other.close(resolve))
    }
  })

  test('on an address of another machine', async () => {
    const dataDir = tempFolder()
    expect(await failureOf({ HOPSCOPE_HOST: '192.0.2.1', HOPSCOPE_DATA_DIR: dataDir })).toMatch(
      /^192\.0\.2\.1 is not an address of this machine\..*HOPSCOPE_HOST\.$/,
    )
  })

  test('on a data folder that can not be made', async () => {
    const file = join(tempFolder(), 'file')
    writeFileSync(file, '')
    const dataDir = join(file, 'below')
    const text = await failureOf({ HOPSCOPE_DATA_DIR: dataDir })
    expect(text).toContain(`The data folder ${dataDir} can't be made: ENOTDIR`)
    expect(text.split('\n')).toHaveLength(1)
  })

  test('on a data file that is a folder, also when the path holds the word lock', async () => {
    for (const name of ['data', 'block']) {
      const dataDir = join(tempFolder(), name)
      mkdirSync(join(dataDir, 'hopscope.duckdb'), { recursive: true })
      const text = await failureOf({ HOPSCOPE_DATA_DIR: dataDir })
      expect(text).toContain(`The data file ${join(dataDir, 'hopscope.duckdb')} can't be opened`)
    }
  })

  test('on a data file that is no database, which it leaves as it is', async () => {
    const dataDir = tempFolder()
    const file = join(dataDir, 'hopscope.duckdb')
    writeFileSync(file, 'precious, but no database'.repeat(1000))
    expect(await failureOf({ HOPSCOPE_DATA_DIR: dataDir })).toContain(`The data file ${file} can't be opened`)
    expect(readFileSync(file, 'utf8')).toBe('precious, but no database'.repeat(1000))
  })
})

describe('a mistake in the configuration', () => {
  test('is told in one line, with where to look it up', async () => {
    expect((await failureOf({ QUERY_PORT: 'http' })).split('\n')).toEqual([
      'The configuration has mistakes:',
      '  QUERY_PORT="http": must be a whole number between 0 and 65535',
      'hopscope serve --help lists every setting.',
    ])
  })

  test('does not hide the others', async () => {
    const env = { STORAGE_TYPE: 'mysql', COLLECTOR_SAMPLE_RATE: '2', HOPSCOPE_COLLECTOR_MAX_BODY: 'big' }
    const lines = (await failureOf(env, ['--port', 'x', '--data-dir', ''])).split('\n')
    const named = lines.slice(1, -1).map((line) => /^ {2}([^=]+)=/.exec(line)?.[1])
    expect(named.sort()).toEqual(
      ['--data-dir', '--port', 'COLLECTOR_SAMPLE_RATE', 'HOPSCOPE_COLLECTOR_MAX_BODY', 'STORAGE_TYPE'],
    )
  }) // prettier-ignore

  test('of the command line names what is wrong and where help is', async () => {
    const { code, stderr } = await runCommand(['serve', '--prot', '1'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/unknown option '--prot'/)
    expect(stderr).toMatch(/Did you mean --port\?/)
    expect(stderr).toMatch(/hopscope --help/)
  })
})

describe('help', () => {
  test('of the command shows what it is, its sub-command and examples to copy', async () => {
    const { code, stdout } = await runCommand(['--help'])
    expect(code).toBe(0)
    for (const word of ['distributed traces', 'serve', 'Examples:', 'http://127.0.0.1:9411', 'HOPSCOPE_DATA_DIR='])
      expect(stdout).toContain(word)
  }) // prettier-ignore

  test('of serve lists each flag and each setting with its variable and default', async () => {
    const { code, stdout } = await runCommand(['serve', '--help'])
    expect(code).toBe(0)
    for (const word of ['--role', '--host', '--port', '--data-dir', 'a flag wins'])
      expect(stdout).toContain(word)
    for (const line of [/QUERY_PORT .*\(9411\)/, /STORAGE_TYPE .*\(duckdb\)/, /COLLECTOR_SAMPLE_RATE .*\(1\)/])
      expect(stdout).toMatch(line)
  }) // prettier-ignore

  test('has a version', async () => {
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) }) // prettier-ignore
  })
})

describe('the role', () => {
  const statusOf = async (url: string) => (await fetch(url, { redirect: 'manual' })).status

  test('collector takes spans and answers no questions', async () => {
    await serving({ HOPSCOPE_ROLE: 'collector' }, async ({ url, output }) => {
      expect(output()).toContain('role collector')
      expect((await post(url, '[]')).status).toBe(202)
      expect((await post(url, '[]', { path: '/zipkin/api/v2/spans' })).status).toBe(202)
      expect((await fetch(`${url}/api/v2/spans?serviceName=web`)).headers.get('allow')).toBe('POST')
      for (const path of ['/', '/api/v2/services', '/zipkin/api/v2/traces', '/rest/v1/traces', '/requests/x'])
        expect([path, await statusOf(url + path)]).toEqual([path, 404])
      for (const path of ['/health', '/info', '/metrics', '/prometheus'])
        expect([path, await statusOf(url + path)]).toEqual([path, 200])
    })
  })

  test('query answers questions and takes no spans', async () => {
    await serving({ HOPSCOPE_ROLE: 'query' }, async ({ url, output }) => {
      expect(output()).not.toContain('curl')
      for (const path of ['/api/v2/spans', '/zipkin/api/v2/spans']) {
        const refused = await post(url, '[]', { path })
        expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      }
      for (const path of ['/api/v2/services', '/zipkin/api/v2/traces', '/rest/v1/traces', '/health', '/info'])
        expect([path, await statusOf(url + path)]).toEqual([path, 200])
    })
  })
})

test('the greeting says where the data is, where to look, and how to send a span', async () => {
  await serving({}, ({ output, url, dataDir }) => {
    for (const word of [url, dataDir, `${url}/api/v2/spans`, '"traceId"', `${url}/requests/hello-1`])
      expect(output()).toContain(word)
    return Promise.resolve()
  })
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux(
  "slow searches leave the intake threads: the pool has 16, not libuv's 4, unless told otherwise",
  async () => {
    const threadsOf = async (env: Readonly<Record<string, string>>) => {
      let threads = 0
      await serving(env, ({ pid }) => {
        threads = readdirSync(`/proc/${pid}/task`).length
        return Promise.resolve()
      })
      return threads
    }
    expect((await threadsOf({})) - (await threadsOf({ UV_THREADPOOL_SIZE: '4' }))).toBeGreaterThanOrEqual(8)
  },
)
