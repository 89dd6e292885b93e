// Writes what the package exports, with its types, into docs/api/: a change of it is seen in the diff of a change.
// `--check` writes nothing, prints how docs/api/ differs from dist/, and ends with exit code 1 if it does.
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = 'docs/api';
const isCheck = process.argv.includes('--check');
const found = mkdtempSync(join(tmpdir(), 'gaffer-api-'));

try {
  const report = isCheck ? found : join(root, folder);
  if (!isCheck) rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  writeReports(report);
  if (isCheck) compare();
} finally {
  rmSync(found, { recursive: true, force: true });
}

/** A report of each entry point; types that it needs without exporting them are part of it. */
function writeReports(report) {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const configs = Object.entries(exports)
    .filter(([, target]) => target.types)
    .map(([path, { types }]) => toConfig({ entry: types, report, name: path === '.' ? name : path.slice(2) }));
  // One reading of the types for all of them: it is most of the work.
  const additionalEntryPoints = configs.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath);
  const compilerState = CompilerState.create(configs[0], { additionalEntryPoints });
  for (const config of configs) {
    const messageCallback = (message) => {
      if (message.logLevel === 'error') throw new Error(`api-extractor: ${message.text}`);
      message.handled = true;
    };
    Extractor.invoke(config, { localBuild: true, compilerState, messageCallback });
  }
}

function toConfig({ entry, report, name }) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, entry),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
      apiReport: {
        ...{ enabled: true, includeForgottenExports: true },
        ...{ reportFileName: `${name}.api.md`, reportFolder: report, reportTempFolder: join(found, 'temporary') },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
}

function compare() {
  rmSync(join(found, 'temporary'), { recursive: true, force: true });
  const { status } = spawnSync('git', ['diff', '--no-index', '--no-ext-diff', '--', folder, found], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  console.error(`\nWhat the package exports is not what ${folder} says: npm run api, and a line in CHANGELOG.md.`);
  process.exitCode = 1;
}
