import { rmSync } from 'node:fs'
import { afterAll } from '@jest/globals'
import { openDuckDbStore } from '@hopscope/storage'
import { tempFolder } from '../support/server-process.ts'
import { traceQlCases } from '../traceql/suite.ts'
import { storeContract } from './store-contract.ts'

const folders: string[] = []
const openIn = (dataDir: string) => openDuckDbStore({ dataDir, memoryBytes: 256 * 2 ** 20, threads: 2 })

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

storeContract('DuckDB', {
  open: () => openIn(folders[folders.push(tempFolder()) - 1] ?? ''),
  reopen: () => openIn(folders[0] ?? ''),
})

traceQlCases('DuckDB', () => openIn(folders[folders.push(tempFolder()) - 1] ?? ''))
