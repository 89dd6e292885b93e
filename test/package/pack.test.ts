import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
// Other versions of Node come as npm packages of some 190 MB: only where somebody asks for them, as .ci/run does.
const nodes = process.env['GAFFER_TEST_NODES'] === '1' ? ['this', '22', '24'] : ['this'];

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-package-')));
const app = join(folder, 'app');
const environment = cleanEnvironment();

/** The environment of somebody who has nothing set up: no key, no server, no database. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(ANTHROPIC|TEMPORAL|GAFFER|DATABASE|VITEST|npm_|NODE_ENV|NODE_OPTIONS)/;
  const rest = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const own = ['TEMPORAL_CLI_PATH'].flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  return Object.fromEntries([...rest, ...own, ['CI', '1'], ['NO_COLOR', '1']]);
}

async function run(cwd: string, command: string, args: string[], env = environment): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, env, timeout: 110_000, maxBuffer: 2 ** 24 });
  return stdout;
}

const install = (cwd: string, what: string): Promise<string> =>
  run(cwd, 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', what]);

/** The folder with the `node` program of that version. */
async function nodeFolder(wanted: string): Promise<string> {
  if (wanted === 'this') return dirname(process.execPath);
  const place = join(folder, `node-${wanted}`);
  mkdirSync(place);
  await install(place, `node@${wanted}`);
  return join(place, 'node_modules/node/bin');
}

let packed: { filename: string; files: { path: string }[] };

beforeAll(async () => {
  const json = await run(root, 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  [packed] = JSON.parse(json) as [typeof packed];
  mkdirSync(app);
  await install(app, join(folder, packed.filename));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what users need and nothing of ours besides', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['bin/gaffer.js', 'dist/workflow-bundle.js', 'README.md', 'LICENSE']));
    expect(paths).toEqual(expect.arrayContaining(['schema/workflow.schema.json', 'dist/client/index.d.ts']));
    expect(paths.filter((path) => /^(src|test|scripts|bench)\/|\.env$|node_modules/.test(path))).toEqual([]);
  });

  it('can be imported by each of its names', async () => {
    const program = `for (const name of ['', '/workflow', '/testing']) {
      const module = await import('gaffer-crew' + name);
      console.log(Object.keys(module).join());
    }`;
    const [client, workflow, testing] = (await run(app, 'node', ['--input-type=module', '-e', program])).split('\n');
    expect(client).toContain('connectGaffer');
    expect(workflow).toContain('runTask');
    expect(testing).toContain('startScriptedModel');
  });
});

describe.each(nodes)('the package on node %s', (wanted) => {
  const home = { path: join(app, '.gaffer') };
  let env: NodeJS.ProcessEnv;
  const gaffer = (...args: string[]): Promise<string> => run(app, 'npx', ['--no-install', 'gaffer', ...args], env);

  beforeAll(async () => {
    env = { ...environment, PATH: `${await nodeFolder(wanted)}${delimiter}${process.env['PATH'] ?? ''}` };
    expect(await run(app, 'node', ['--version'], env)).toContain(wanted === 'this' ? process.version : `v${wanted}.`);
  }, 120_000);
  // Also the embedded database, which may lie outside of the folder.
  afterAll(() => removeHome(home));

  it('goes from an empty folder to a finished run', async () => {
    for (const leftover of ['workflow.yaml', 'agents', '.gitignore'])
      rmSync(join(app, leftover), { recursive: true, force: true });
    expect((await gaffer('--version')).trim()).toBe(version);
    expect(await gaffer('init')).toContain('workflow.yaml');
    expect(await gaffer('plan', 'workflow.yaml')).toContain('2 phases');
    const result = JSON.parse(await gaffer('run', 'workflow.yaml', '--json')) as RunResult;
    expect(result).toMatchObject({ status: 'succeeded', summary: { totalTasks: 2, successfulTasks: 2 } });
    expect(existsSync(home.path)).toBe(true);
    const listed = JSON.parse(await gaffer('runs', '--json')) as { runId: string }[];
    expect(listed.map(({ runId }) => runId)).toEqual([result.runId]);
  }, 110_000);
});
