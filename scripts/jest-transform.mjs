// Turns .ts, .svelte and .svelte.ts sources into ES modules for Jest, one file at a time, types unchecked.
import { transformSync } from 'esbuild'
import { compile, compileModule } from 'svelte/compiler'

const typescript = (source, filename) =>
  transformSync(source, {
    loader: 'ts',
    format: 'esm',
    target: 'es2023',
    sourcemap: 'inline',
    sourcefile: filename,
  }).code

export default {
  process(source, filename) {
    if (filename.endsWith('.svelte'))
      return { code: compile(source, { filename, generate: 'client', dev: false }).js.code }
    const code = typescript(source, filename)
    return {
      code: filename.endsWith('.svelte.ts') ? compileModule(code, { filename, dev: false }).js.code : code,
    }
  },
}
