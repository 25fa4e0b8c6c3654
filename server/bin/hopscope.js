#!/usr/bin/env node
// The command as npm links it. It exists before the build does, so that it can say when the build is missing.
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(main)) {
  process.setSourceMapsEnabled(true)
  await import(main)
} else {
  process.stderr.write('Hopscope is not built yet. Run "npm run build" once, then try again.\n')
  process.exitCode = 1
}
