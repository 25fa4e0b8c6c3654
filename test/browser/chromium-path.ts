// Finds a browser for the tests: the Chromium that comes as an npm package, else an installed one.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packaged from '@sparticuz/chromium'

export interface BrowserProgram {
  readonly executablePath: string
  readonly args: readonly string[]
}

const INSTALLED = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

// Not in one process: a page that crashes would take the others along. With the web's usual security: what the tests
// say of it would be worth nothing without. And without WebGL in software, which the package turns on: everything on the
// page is then drawn by it, a scrolled page at 12 frames a second where the compositor without a GPU reaches 60.
const LEFT_OUT = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--in-process-gpu',
]

const starts = (program: string) =>
  spawnSync(program, ['--version'], { timeout: 20_000, stdio: 'ignore' }).status === 0

/** undefined where no browser can be started. */
export function findBrowser(): BrowserProgram | undefined {
  const unpacked = unpack()
  if (unpacked !== undefined && starts(unpacked)) {
    const args = packaged.args.filter((arg) => !LEFT_OUT.includes(arg))
    return { executablePath: unpacked, args: [...args, '--disable-gpu'] }
  }
  const installed = INSTALLED.map(locate).find((program) => program !== undefined && starts(program))
  return installed === undefined ? undefined : { executablePath: installed, args: [] }
}

/** playwright wants a path; a bare name is looked up on the PATH as a shell would. */
function locate(program: string): string | undefined {
  const folders = program.startsWith('/') ? [''] : (process.env['PATH'] ?? '').split(':')
  return folders.map((folder) => (folder ? join(folder, program) : program)).find((path) => existsSync(path))
}

/**
 * The package unpacks into the temporary folder and takes whatever it finds there, be it half written by another
 * process. So it does that in a folder of this process, which then gets its final name in one step.
 */
function unpack(): string | undefined {
  const entry = import.meta.resolve('@sparticuz/chromium')
  const folder = join(dirname(fileURLToPath(entry)), '../..')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const cache = join(folder, '../../.cache')
  const final = join(cache, `hopscope-chromium-${version}`)
  const program = join(final, 'chromium')
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const own = mkdtempSync(`${final}-`)
  const code = `import chromium from ${JSON.stringify(entry)}; await chromium.executablePath()`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, TMPDIR: own },
    stdio: 'ignore',
  })
  try {
    if (status === 0) renameSync(own, final)
  } catch {
    // Another process was faster; its copy is as good.
  }
  rmSync(own, { recursive: true, force: true })
  return existsSync(program) ? program : undefined
}
