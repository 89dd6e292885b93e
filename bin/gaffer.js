#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
const entry = new URL('../dist/cli/main.js', import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`gaffer needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else if (!existsSync(entry)) {
  console.error(
    'gaffer is not built yet (dist/ is missing): run `npm run build` in its folder, or install the package again.',
  );
  process.exitCode = 1;
} else {
  if (module.enableCompileCache) {
    const { compileCacheFolder } = await import('../dist/cli/base/compile-cache.js');
    const folder = await compileCacheFolder();
    if (folder) module.enableCompileCache(folder);
  }
  // The connection's own library would write onto the terminal what it cannot reach. We say that ourselves.
  process.env.GRPC_VERBOSITY ??= 'NONE';
  // It also names a server that is given by its address to that server, which Node warns of: nobody who reads it can change that.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...about) => {
    if (!about.includes('DEP0123')) emitWarning.call(process, warning, ...about);
  };
  // Node says it of itself from 21 on. Before, PostgreSQL's driver would load all that is behind `fetch` to find out that this is Node.
  if (typeof navigator === 'undefined')
    Object.defineProperty(globalThis, 'navigator', {
      value: Object.freeze({ userAgent: `Node.js/${major}` }),
      configurable: true,
    });
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
}
