import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Built by scripts/build.mjs into dist/web. What it makes needs nothing of another origin, and nothing that the service's policy forbids:
// no inline script or style, no code out of text.
export default defineConfig({
  plugins: [react()],
  resolve: { alias: { 'gaffer-crew/client': new URL('../src/http-client/index.ts', import.meta.url).pathname } },
  build: {
    target: 'es2023',
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    reportCompressedSize: false,
  },
  // `npx vite web` beside `gaffer serve`: changes show at once. GAFFER_URL says where the service is.
  server: { proxy: { '/api': process.env['GAFFER_URL'] ?? 'http://127.0.0.1:7450' } },
});
