// The README's code: found by its fences, and run as it is written, each program in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './harness.ts'

const LIBRARY = fileURLToPath(new URL('../dist/index.js', import.meta.url))
const PRELOAD = new URL('./readme-preload.mjs', import.meta.url).href
const MODULES = dirname(dirname(fileURLToPath(import.meta.resolve('express'))))

interface Block {
  /** Of a whole program, what its first line calls it: `// express.mjs`. Others are parts of one. */
  readonly file: string | undefined
  /** In the README. */
  readonly line: number
  readonly code: string
}

export const readme = (): string => readFileSync(new URL('../README.md', import.meta.url), 'utf8')

export const blocksOf = (markdown: string): Block[] =>
  [...markdown.matchAll(/^```js\n([^]*?)^```$/gm)].map(({ index, 1: code = '' }) => ({
    file: /^\/\/ ([\w-]+\.[cm]js)\n/.exec(code)?.[1],
    line: markdown.slice(0, index).split('\n').length + 1,
    code,
  }))

/** Where something that a program names really is. */
interface Place {
  host: string
  port: number
}
export type Places = Readonly<Record<string, Place>>

const here = (port: number): Place => ({ host: '127.0.0.1', port })

/** The places of `http://127.0.0.1:9411` and the like: what runs on this machine under another port. */
export const placesOf = (ports: Readonly<Record<string, number>>): Places =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, here(port)]))

/** A folder in which the README's imports are found. */
export const folderOf = (files: Readonly<Record<string, string>>): string => {
  if (!existsSync(LIBRARY)) throw new Error('build first: these tests run the built library')
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-readme-'))
  symlinkSync(MODULES, join(folder, 'node_modules'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** One program, from its start to its end. */
export class Program {
  /** What it printed. */
  out = ''
  errors = ''
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #ended: Promise<number | string>
  #port: number | undefined
  #end: number | string | undefined

  constructor(
    file: string,
    files: Readonly<Record<string, string>>,
    places: Places,
    variables: NodeJS.ProcessEnv = {},
    preloads: readonly string[] = [],
  ) {
    this.#folder = folderOf(files)
    const imports = [PRELOAD, ...preloads].flatMap((module) => ['--import', module])
    const child = spawn(process.execPath, [...imports, file], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...variables, README_PLACES: JSON.stringify(places) },
    })
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()))
    child.on('message', (message) => (this.#port = (message as { port: number }).port))
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve((this.#end = signal ?? code ?? 'ended')))
    })
  }

  /** Where it serves what it serves on port 3000. */
  async url(): Promise<string> {
    await until('the program to listen', () => this.#port !== undefined || this.#end !== undefined)
    if (this.#port === undefined) throw new Error(`it ended with ${String(this.#end)}: ${this.errors}`)
    return `http://127.0.0.1:${this.#port}`
  }

  /** How it ended: by a signal, or with a code. By itself, unless it is asked to by SIGTERM. */
  async end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    if (signal && this.#end === undefined) this.#child.kill(signal)
    const end = await this.#ended
    rmSync(this.#folder, { recursive: true, force: true })
    return end
  }
}
