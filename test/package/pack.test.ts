import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { patient } from '../support/base/patience.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
// Other versions of Node come as npm packages of some 190 MB: only where somebody asks for them, as .ci/run does.
const nodes = process.env['GAFFER_TEST_NODES'] === '1' ? ['this', '22', '24'] : ['this'];

const readme = readFileSync(join(root, 'README.md'), 'utf8');
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
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env,
    timeout: patient(110_000),
    maxBuffer: 2 ** 24,
  });
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
}, patient(120_000));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what users need and nothing of ours besides', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['bin/gaffer.js', 'dist/workflow-bundle.js', 'README.md', 'LICENSE']));
    expect(paths).toEqual(
      expect.arrayContaining([
        'schema/workflow.schema.json',
        'dist/client/index.d.ts',
        'agents/coordination/foreman.md',
        'templates/code-review.yaml',
      ]),
    );
    const links = [...readme.matchAll(/\]\(([^):#]+)[^):]*\)/g)].map(([, link]) => link!.replace(/\/$/, ''));
    expect(links.filter((link) => !paths.some((path) => path === link || path.startsWith(`${link}/`)))).toEqual([]);
    expect(paths.filter((path) => /^(src|test|scripts|bench)\/|\.env$|node_modules/.test(path))).toEqual([]);
  });

  it('can be imported by each of its names', async () => {
    const program = `for (const name of ['', '/workflow', '/worker', '/testing', '/client']) {
      const module = await import('gaffer-crew' + name);
      console.log(Object.keys(module).join());
    }`;
    const names = (await run(app, 'node', ['--input-type=module', '-e', program])).split('\n');
    const [client, workflow, worker, testing, elsewhere] = names;
    expect(client).toMatch(/\bconnect,defineTemplate$/);
    expect(workflow).toContain('runTask');
    expect(worker).toContain('createWorker');
    expect(testing).toContain('startScriptedModel');
    expect(elsewhere).toMatch(/\bHttpProblemError\b.*\bconnect\b/);
  });
});

describe('the types of the package', () => {
  const program = `
import { connect, DefinitionError, GafferError, type Run, type RunView, type Runs } from 'gaffer-crew';
import { connect as connectTo, HttpProblemError } from 'gaffer-crew/client';

export async function view(id: string): Promise<RunView> {
  await using runs: Runs = await connect({ start: true, env: { PATH: '' } });
  const run: Run = await runs.find(id);
  for await (const event of run.events({ after: 1, signal: AbortSignal.timeout(1) })) {
    if (event.type === 'approval:requested') await run.approve({ id: event.approvalId, edit: { command: 'ls' } });
  }
  const error: unknown = await runs.start({ definition: { phases: [] } }).catch((cause: unknown) => cause);
  if (error instanceof DefinitionError) error.diagnostics.at(0)?.message.toUpperCase();
  if (error instanceof GafferError) error.kind.toUpperCase();
  return run.view();
}

export async function elsewhere(url: string, key: string): Promise<Runs> {
  const runs = await connectTo({ url, key });
  const error: unknown = await runs.find('a').catch((cause: unknown) => cause);
  if (error instanceof HttpProblemError) error.problem.detail.toUpperCase();
  return runs;
}
`;

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('compile in a program that checks those of its libraries: %s, %s', async (module, resolution) => {
    writeFileSync(join(app, 'program.mts'), program);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--types', '', '--target', 'es2022'];
    const how = ['--lib', 'es2022,dom', '--module', module, '--moduleResolution', resolution];
    expect(await run(app, 'node', [tsc, ...strict, ...how, 'program.mts'])).toBe('');
  });
});

describe("the example of a program of one's own", () => {
  afterAll(() => removeHome({ path: join(app, '.gaffer') }));

  it(
    'runs the feature graph, forks it with another prompt, and says what came out differently',
    async () => {
      const installed = join(app, 'node_modules/gaffer-crew');
      const main = join(installed, 'dist/examples/own-program/main.js');
      const told = await run(app, 'node', [main, join(installed, 'examples/feature-graph')]);
      expect(told).toMatch(/^feature-graph-\w+:\n {2}plan is done\n/);
      expect(told).toMatch(/, with another prompt for release:\n( {2}\S+ was done before\n){9,}/);
      expect(told).toMatch(/succeeded for \$0\.\d+, then succeeded for \$0\.\d+\nrelease said\n/);
      const listed = JSON.parse(await run(app, 'npx', ['--no-install', 'gaffer', 'runs', '--json'])) as {
        status: string;
      }[];
      expect(listed.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    },
    patient(110_000),
  );
});

describe("the example of a workflow of one's own", () => {
  const project = join(app, 'articles');
  const typescript = ['--import', pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href];
  const start = (subject: string): Promise<string> =>
    run(project, 'node', [...typescript, 'start.ts', subject]).catch(({ stdout }: { stdout: string }) => stdout);
  let worker: ChildProcess;

  beforeAll(async () => {
    cpSync(join(app, 'node_modules/gaffer-crew/examples/own-workflow'), project, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    worker = spawn(process.execPath, [...typescript, 'worker.ts'], { cwd: project, env: environment });
    let said = '';
    for await (const chunk of worker.stderr!) if ((said += String(chunk)).includes('Working on task queue')) break;
    expect(said).toContain('Working on task queue articles');
  }, patient(110_000));
  afterAll(async () => {
    worker.kill('SIGKILL');
    await removeHome({ path: join(project, '.gaffer') });
  });

  it(
    'decides by what the agents answered, and has its run told like every other',
    async () => {
      const told = await start('bees');
      expect(told).toContain('"score": 9,\n      "drafts": 2');
      expect(told).toContain('part-1-review-1 is done');
      expect(told).toMatch(/article-bees-\d+ succeeded: 10 tasks for \$0\.\d+/);
      expect(readFileSync(join(project, 'articles/bees.txt'), 'utf8')).toContain('so that it is easy to see');
    },
    patient(60_000),
  );

  it(
    'takes back what it did when that was not good enough',
    async () => {
      expect(await start('wasps')).toMatch(/^article failed: the page got 2 of 10.*article-wasps-\d+ failed/s);
      expect(existsSync(join(project, 'articles/wasps.txt'))).toBe(false);
    },
    patient(60_000),
  );

  it(
    'has a worker that ends in good order',
    async () => {
      worker.kill('SIGINT');
      expect(await once(worker, 'exit')).toEqual([0, null]);
    },
    patient(30_000),
  );
});

describe.each(nodes)('the package on node %s', (wanted) => {
  const home = { path: join(app, '.gaffer') };
  let env: NodeJS.ProcessEnv;
  const gaffer = (...args: string[]): Promise<string> => run(app, 'npx', ['--no-install', 'gaffer', ...args], env);

  beforeAll(async () => {
    env = { ...environment, PATH: `${await nodeFolder(wanted)}${delimiter}${process.env['PATH'] ?? ''}` };
    expect(await run(app, 'node', ['--version'], env)).toContain(wanted === 'this' ? process.version : `v${wanted}.`);
  }, patient(120_000));
  // Also the embedded database, which may lie outside of the folder.
  afterAll(() => removeHome(home));

  it(
    'goes from an empty folder to a finished run',
    async () => {
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
    },
    patient(110_000),
  );
});

describe('the README', () => {
  const project = join(app, 'project');
  const home = { path: join(project, '.gaffer') };
  const env = { ...environment, PATH: `${join(app, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  const gaffer = (...args: string[]): Promise<string> => run(project, 'gaffer-crew', args, env);
  const blocks = (language: string): string[] =>
    [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);

  beforeAll(async () => {
    mkdirSync(project);
    await gaffer('init');
    await gaffer('dev', '--detach');
  }, patient(110_000));
  afterAll(async () => {
    try {
      await gaffer('down');
    } finally {
      await removeHome(home);
    }
  }, patient(60_000));

  it(
    'has workflow files that run as they stand, with what init writes',
    async () => {
      const [phases, graph] = blocks('yaml');
      writeFileSync(join(project, 'feature.yaml'), phases!);
      writeFileSync(join(project, 'graph.yaml'), graph!);
      const words = /`gaffer (run feature\.yaml --input feature=)"([^"]+)"`/.exec(readme)!;
      const first = JSON.parse(
        await gaffer(...`${words[1]}`.split(' ').slice(0, -1), `feature=${words[2]}`, '--json'),
      ) as RunResult;
      expect(first).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 4 } });
      const second = JSON.parse(await gaffer('run', 'graph.yaml', '--json')) as RunResult;
      expect(second).toMatchObject({ status: 'succeeded', tasks: { review: { status: 'succeeded' } } });
    },
    patient(110_000),
  );

  it(
    'has a program that runs as it stands',
    async () => {
      const [program] = blocks('ts');
      writeFileSync(join(project, 'program.mjs'), program!);
      expect(await run(project, 'node', ['program.mjs'], env)).toMatch(/^workflow:start\n.*\nsucceeded\n$/s);
    },
    patient(60_000),
  );

  it(
    'starts an example with `temporal`, by its own line',
    async () => {
      const line = /`(temporal workflow start [^`]+)`/.exec(readme)![1]!;
      const shell = `eval "$(gaffer env)" && ${line} --workflow-id by-hand && temporal workflow result --workflow-id by-hand`;
      expect(await run(project, 'sh', ['-c', shell], env)).toMatch(/by-hand.*"status":\s*"succeeded"/s);
    },
    patient(60_000),
  );
});
