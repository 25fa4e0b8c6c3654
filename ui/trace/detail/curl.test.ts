// Command lines hold strangers' text, and a shell must see nothing in it but text.
import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { curlOfSearch, curlOfTrace, shellWord } from './curl.ts'

/** What a shell makes of a command whose curl only prints its arguments. */
function argumentsOf(command: string): string[] {
  const { stdout, status } = spawnSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${command}`])
  expect(status).toBe(0)
  return stdout.toString().split('\0').slice(0, -1)
}

const HOSTILE = ["it's", "'; touch hit; '", '$(id) `id` $HOME \\', 'two\nlines', '"', '!x*?[a]{1,2}~', '']

test.each(HOSTILE)('a shell reads %j back as it was', (text) => {
  expect(argumentsOf(`curl ${shellWord(text)}`)).toEqual([text])
})

test('no id, service or operation breaks out of its address', () => {
  const at = 'http://localhost:9411'
  for (const text of HOSTILE) {
    const [silent, url = ''] = argumentsOf(curlOfSearch(at, text || 'web', text || undefined))
    expect(silent).toBe('-sS')
    expect(new URL(url).searchParams.get('service')).toBe(text || 'web')
    expect(argumentsOf(curlOfTrace(at, text))).toEqual([
      '-sS',
      `${at}/rest/v1/traces/${encodeURIComponent(text)}`,
    ])
  }
})
