// Builds every package (tsc -b) and the viewer (vite), bundles the propagation library, and copies the reference
// page's library. With --if-stale it first compares digests of the sources and of what was built with those of the
// last build, so that an unchanged tree starts at once.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePropagation } from './bundle-propagation.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.cache', 'hopscope-build')
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Files a build depends on: everything in a package but its tests, its docs and its output. */
function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'dist' && entry.name !== 'node_modules') yield* sources(path)
    } else if (!/\.(test\.ts|md|png)$/.test(entry.name)) yield path
  }
}

/** What a build made. */
function* outputs(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* outputs(path)
    else if (/\.(js|html|css|json)$/.test(entry.name)) yield path
  }
}

function digestOfSources() {
  const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json'].map((name) => join(root, name))
  for (const workspace of workspaces) files.push(...sources(join(root, workspace)))
  return digest(files)
}

/** Outputs count too: `tsc -b`, by hand or as part of the check, may have made them of sources that have changed back. */
function digestOfOutputs() {
  return digest(workspaces.flatMap((workspace) => [...outputs(join(root, workspace, 'dist'))]))
}

function digest(files) {
  const hash = createHash('sha256').update(process.version)
  for (const file of files.sort()) hash.update(relative(root, file)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

function run(name, script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    child.stderr.on('data', (text) => (output += text))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${name} failed:\n${output}`))))
  })
}

/** The reference page's library: this one file of it is all that the server needs, and none of what it depends on. */
function copyExplorer() {
  const from = join(root, 'node_modules', 'openapi-explorer')
  const to = join(root, 'server', 'dist', 'docs')
  mkdirSync(to, { recursive: true })
  copyFileSync(join(from, 'dist', 'browser', 'openapi-explorer.min.js'), join(to, 'openapi-explorer.js'))
  copyFileSync(join(from, 'LICENSE'), join(to, 'LICENSE'))
}

const isBuilt = () =>
  existsSync(stamp) &&
  workspaces.every((workspace) => existsSync(join(root, workspace, 'dist'))) &&
  readFileSync(stamp, 'utf8') === `${digestOfSources()} ${digestOfOutputs()}`

if (!process.argv.includes('--if-stale') || !isBuilt()) {
  process.stderr.write('Building Hopscope …\n')
  rmSync(stamp, { force: true })
  const before = digestOfSources()
  try {
    await Promise.all([
      run('tsc', 'typescript/bin/tsc', ['-b']),
      run('vite', 'vite/bin/vite.js', ['build', join(root, 'ui'), '--logLevel', 'warn']),
    ])
    copyExplorer()
    await bundlePropagation()
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, `${before} ${digestOfOutputs()}`)
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
