// Builds the viewer to ui/dist: plain files, nothing inlined, so that the server's `default-src 'self'` holds.
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A data: URI would need a wider policy than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The tokens use light-dark(), which these and later browsers have.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
  server: {
    // Not every path of /api: the viewer's own sources are in ui/api.
    proxy: { '/rest': 'http://localhost:9411', '^/api/v[123]/': 'http://localhost:9411' },
  },
})
