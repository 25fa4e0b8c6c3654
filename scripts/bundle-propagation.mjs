// Makes of @hopscope/propagation what is published: each entry as one file, for `import` and for `require`. One file
// loads in a third of the time of fifty. The types are tsc's; TypeScript takes a .d.ts for the kind of module that the
// nearest package.json says, so those for `require` are the same files in a folder that says CommonJS.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'propagation')
const dist = join(folder, 'dist')
const ENTRIES = ['index.ts', 'opentelemetry/opentelemetry.ts']

export async function bundlePropagation() {
  const common = join(dist, 'cjs')
  rmSync(common, { recursive: true, force: true })
  const options = {
    entryPoints: ENTRIES.map((entry) => join(folder, entry)),
    outbase: folder,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    external: ['uuid'],
    // No source maps: with their sources they would be three quarters of the package, and the code is readable as it is.
    sourcemap: false,
    logLevel: 'warning',
  }
  await Promise.all([
    build({ ...options, format: 'esm', outdir: dist }),
    build({ ...options, format: 'cjs', outdir: common }),
  ])
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!path.endsWith('.d.ts') || path.startsWith('cjs')) continue
    mkdirSync(dirname(join(common, path)), { recursive: true })
    copyFileSync(join(dist, path), join(common, path))
  }
  writeFileSync(join(common, 'package.json'), '{ "type": "commonjs" }\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePropagation()
