// `npm run demo`: builds what is stale, then runs the demo (src/cli/demo/demo.ts).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const build = spawnSync(process.execPath, [fileURLToPath(new URL('build.mjs', import.meta.url)), '--if-stale'], {
  stdio: 'inherit',
});
if (build.status !== 0) process.exit(build.status ?? 1);
const { main } = await import('../dist/cli/demo/demo.js');
process.exit(await main(process.argv.slice(2)));
