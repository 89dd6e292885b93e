// Builds dist/: compiled source, the workflow bundle, the dashboard, the examples' scripts. `--if-stale` does nothing when dist is newer than everything it is made of.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
// What the SDK requires by its path cannot be a module of TypeScript.
const converter = 'workers/failure-converter.cjs';
// An installed package has no source: there is nothing to build.
if (!existsSync(join(root, 'src'))) process.exit(0);
if (process.argv.includes('--if-stale') && isFresh()) process.exit(0);
await build();

// A failed or interrupted build leaves the old dist/ as it was.
async function build() {
  process.stderr.write('Building dist/ …\n');
  const next = join(root, `.dist-${process.pid}`);
  try {
    compile('tsconfig.json', next);
    copyFileSync(join(root, 'src', converter), join(next, converter));
    await bundleWorkflows(next);
    buildWeb(join(next, 'web'));
    rmSync(dist, { recursive: true, force: true });
    renameSync(next, dist);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  compile('tsconfig.examples.json', join(dist, 'examples'));
  writeFileSync(stamp, '');
}

// What its pages are made of: their own source, and what they share with the service.
function buildWeb(outDir) {
  const made = [
    'web/src',
    'web/index.html',
    'web/vite.config.ts',
    'web/package.json',
    'src/http-client',
    'src/domain',
    'src/client',
  ];
  const built = join(dist, 'web');
  const manifest = join(built, 'manifest.json');
  const isThere = existsSync(manifest) && made.every((name) => newest(join(root, name)) <= statSync(manifest).mtimeMs);
  if (isThere) return cpSync(built, outDir, { recursive: true, preserveTimestamps: true });
  const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));
  run([vite, 'build', join(root, 'web'), '--outDir', outDir, '--logLevel', 'warn'], outDir);
}

function compile(project, outDir) {
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  run([tsc, '-p', join(root, project), '--outDir', outDir], outDir);
}

function run(command, outDir) {
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  // An exit runs no `finally`.
  rmSync(outDir, { recursive: true, force: true });
  process.exit(status ?? 1);
}

async function bundleWorkflows(folder) {
  const { bundleWorkflows } = await import(pathToFileURL(join(folder, 'workers/bundle-workflows.js')).href);
  const { code } = await bundleWorkflows();
  writeFileSync(join(folder, 'workflow-bundle.js'), withoutMachinePaths(code, folder));
}

// The bundle's source map names files by their place on this machine, which is nobody's business and differs from build to build.
function withoutMachinePaths(code, folder) {
  const inlineMap = /(\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,)(\S+)/;
  const shorten = (text) =>
    text
      .replaceAll(folder + sep, 'dist/')
      .replaceAll(root + sep, '')
      .replace(/^.*[\\/](?=node_modules[\\/])/, '');
  return code.replace(inlineMap, (_all, head, encoded) => {
    const map = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    map.sources = map.sources.map(shorten);
    map.sourcesContent = map.sourcesContent.map((text) => text?.replaceAll(folder + sep, 'dist/') ?? null);
    return head + Buffer.from(JSON.stringify(map), 'utf8').toString('base64');
  });
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  const made = ['src', 'web', 'examples', 'tsconfig.json', 'tsconfig.examples.json', 'package.json'];
  return made.every((name) => newest(join(root, name)) <= builtAt);
}

function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return /\.(tsx?|cjs|json|css|html|svg)$/.test(path) ? stats.mtimeMs : 0;
  const inside = readdirSync(path).filter((name) => name !== 'node_modules' && name !== 'project');
  return Math.max(0, ...inside.map((name) => newest(join(path, name))));
}
