// Runs Jest, names what was skipped, and closes with one line of counts taken from Jest's own JSON result.
// Arguments go to Jest: `npm test -- storage` runs the tests whose path holds "storage".
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'hopscope-jest-'))
const outputFile = join(folder, 'result.json')
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${outputFile}`,
    ...process.argv.slice(2),
  ],
  // Temp folders of tests and of the processes they start lie in ours, and go with it.
  { cwd: root, stdio: ['inherit', 'ignore', 'inherit'], env: { ...process.env, TMPDIR: folder } },
)

process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

let result
try {
  result = JSON.parse(readFileSync(outputFile, 'utf8'))
} catch {
  process.stderr.write('Jest wrote no result.\n')
  process.exit(status || 1)
}

const skipped = result.testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'pending' || status === 'todo'),
)
for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`)
// A suite that could not even load counts as one failure.
const failed = result.numFailedTests + result.numRuntimeErrorTestSuites
process.stdout.write(`${result.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped\n`)
process.exit(result.success && failed === 0 ? 0 : 1)
