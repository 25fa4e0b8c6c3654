#!/usr/bin/env node
// The command as npm links it. It exists before the build does, so that it can say when the build is missing.

// libuv's four threads are shared by DuckDB's readers, writer and checkpoints, zlib and files: four slow searches
// would stop the intake. The pool is made at its first use, which for an ES module is reading this very file:
// hence CommonJS, and before all else.
process.env.UV_THREADPOOL_SIZE ??= '16'

const { existsSync } = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const main = path.join(__dirname, '../dist/main.js')
if (existsSync(main)) {
  process.setSourceMapsEnabled(true)
  void import(pathToFileURL(main).href)
} else {
  process.stderr.write('Hopscope is not built yet. Run "npm run build" once, then try again.\n')
  process.exitCode = 1
}
