import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { StoreThread } from './store-thread.ts'

/** Answers `names`; dies when asked for `dependencies`. */
const MORTAL = `
import { parentPort } from 'node:worker_threads'
parentPort.on('message', ({ id, call }) => {
  if (call === 'dependencies') throw new Error('worn out')
  if (call === 'names') parentPort.postMessage({ id, answer: ['alive'] })
})`

describe('the thread of the store', () => {
  let folder: string
  let thread: StoreThread
  let now = 0
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-thread-'))
    const file = join(folder, 'worker.mjs')
    writeFileSync(file, MORTAL)
    jest.spyOn(performance, 'now').mockImplementation(() => now)
    thread = new StoreThread(pathToFileURL(file), {})
  })
  afterEach(async () => {
    jest.restoreAllMocks()
    await thread.end()
    await rm(folder, { recursive: true, force: true })
  })

  const names = () => thread.call('names', { kind: 'service', of: {} })
  const die = () => thread.call('dependencies', { from: undefined, to: undefined })

  test('fails every question that it took and did not answer', async () => {
    const unanswered = thread.call('traces', [])
    const fatal = die()
    await expect(unanswered).rejects.toMatchObject({ code: 'store-unavailable' })
    await expect(fatal).rejects.toMatchObject({ cause: { message: 'worn out' } })
  })

  test('is replaced when it dies, but not at full speed', async () => {
    expect(await names()).toEqual(['alive'])
    await expect(die()).rejects.toMatchObject({ code: 'store-unavailable' })
    await expect(names()).rejects.toThrow(/starting again/)
    now += 1001
    expect(await names()).toEqual(['alive'])
  })

  test('takes nothing once it was ended', async () => {
    await thread.end()
    await expect(names()).rejects.toThrow(/closed/)
  })
})
