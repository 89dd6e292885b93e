import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Built by scripts/build.mjs into dist/web. What it makes needs nothing of another origin, and nothing that the service's policy forbids:
// no inline script or style, no code out of text.
export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      'gaffer-crew/client': here('../src/http-client/index.ts'),
      'd3-transition': here('src/pages/builder/picture/no-transition.ts'),
      'd3-interpolate': here('src/pages/builder/picture/no-transition.ts'),
    },
  },
  // Names of classes are for whoever reads the source.
  css: { modules: { generateScopedName: '_[hash:base64:5]' } },
  build: {
    target: 'es2023',
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    reportCompressedSize: false,
    // Many small files pack badly, and what one page needs of another's is there already: a few rooms, each fetched when it is entered.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            // What all need stands alone: a chunk that is needed by what it needs itself runs too early.
            {
              name: 'vendor',
              test: /rolldown.runtime|preload-helper|node_modules.(?:react|react-dom|scheduler|wouter|regexparam|use-sync-external-store|mitt|@tanstack[\\/](?:react-query|query-core))[\\/]/,
            },
            { name: 'virtual', test: /@tanstack[\\/](?:react-virtual|virtual-core)/ },
            {
              name: 'builder',
              test: /(?:@xyflow|node_modules.d3-|node_modules.zustand|node_modules.classcat|pages.builder)/,
            },
            {
              name: 'run',
              test: /web.src.(?:pages.run[\\/]|live|actions.(?:run-actions|task-actions|fork|[a-z]+-dialog))|src.domain.(?:timeline|picture|analysis)|src.domain.(?:run.(?:run|task)-state|coding)/,
            },
            {
              name: 'base',
              test: /web.src.(?:ui|api|shell|actions|untrusted)|src.(?:domain|http-client|client|definition)/,
            },
            { name: 'pages', test: /web.src.pages.(?!home|runs)/ },
          ],
        },
      },
    },
  },
  // `npx vite web` beside `gaffer serve`: changes show at once. GAFFER_URL says where the service is.
  server: { proxy: { '/api': process.env['GAFFER_URL'] ?? 'http://127.0.0.1:7450' } },
});
