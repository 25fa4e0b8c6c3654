// Everything that can be said about the code without running it. Stops at nothing: all complaints at once.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const CHECKS = [
  ['format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
  ['types', 'typescript/bin/tsc', ['-b']],
  ['types of tests', 'typescript/bin/tsc', ['-p', 'tsconfig.tests.json']],
  ['lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']],
  [
    'svelte',
    'svelte-check/bin/svelte-check',
    ['--workspace', 'ui', '--fail-on-warnings', '--output', 'human'],
  ],
  [
    'imports',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      'model',
      'proto',
      'propagation',
      'storage',
      'collector',
      'query',
      'ui',
      'server',
      'demo',
      'test',
    ],
  ],
  ['unused', 'knip/bin/knip.js', ['--no-progress']],
]

const failed = CHECKS.filter(([name, script, args]) => {
  const started = Date.now()
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  process.stdout.write(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  )
  return status !== 0
})
process.exit(failed.length === 0 ? 0 : 1)
