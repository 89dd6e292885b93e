import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, gaffer, startNode, workflow, writeProject, type CliResult } from '../support/command/cli.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

beforeAll(buildIfStale);

let cwd: string;
beforeEach(() => void (cwd = writeProject(realpathSync(tempFolder()))));

const here = (...args: string[]): Promise<CliResult> =>
  gaffer(args, { cwd, env: { XDG_CONFIG_HOME: join(cwd, 'config') } });

describe('a .env that sends work elsewhere', () => {
  beforeEach(() => writeFileSync(join(cwd, '.env'), 'DATABASE_URL=postgres://x@127.0.0.1:1/x\n'));

  it.each([[['runs']], [['run', 'workflow.yaml', '--yes']]])('is not believed by %j', async (args) => {
    expectRefusal(await here(...args), 6, `${cwd}/.env sets DATABASE_URL`, `gaffer trust ${cwd}/.env`);
  });

  it('does not keep what is here from being stopped', async () => {
    const { code, stderr } = await here('down');
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('goes on without .env') as string,
    });
  });

  it('is believed once `gaffer trust` was told, until it changes', async () => {
    expect((await here('trust')).stdout).toContain(`${cwd}/.env sets DATABASE_URL`);
    expect(await here('trust', '.env')).toMatchObject({ code: 0 });
    expect((await here('trust')).stdout).not.toContain('Not trusted');
    expectRefusal(await here('runs'), 4, '127.0.0.1:1');
    writeFileSync(join(cwd, '.env'), 'DATABASE_URL=postgres://x@127.0.0.1:2/x\n');
    expectRefusal(await here('runs'), 6, 'DATABASE_URL');
  });

  it('is told of as JSON too', async () => {
    const { code, stdout } = await here('runs', '--json');
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ error: { type: 'NotTrustedError', kind: 'needs-person', exitCode: 6 } });
  });
});

describe('a gaffer.yaml that is broken or that nobody trusts', () => {
  const write = (text: string): void => writeFileSync(join(cwd, 'gaffer.yaml'), text);

  it('keeps models from being asked, and nothing from being stopped or looked at', async () => {
    write('providers: { a: { base_url: "http://a.example/v1", key: none } }');
    expectRefusal(await here('run', 'workflow.yaml', '--yes'), 6, 'names servers of models (a)');
    expect(await here('down')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^gaffer: goes on without gaffer\.yaml: .*names servers of models.*\n/) as string,
    });
    expect((await here('trust')).stdout).toContain(`gaffer trust ${cwd}/gaffer.yaml`);
    write('providers: [');
    expectRefusal(await here('plan', 'workflow.yaml'), 2, 'gaffer.yaml:1');
    const { code, stdout, stderr } = await here('doctor');
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fail +Project +.*gaffer\.yaml:1/m) as string,
    });
    expect(stderr).toMatch(/^gaffer: goes on without gaffer\.yaml: [^\n]*\n$/);
  });
});

describe('a .gaffer that Gaffer did not make', () => {
  beforeEach(() => {
    mkdirSync(join(cwd, '.gaffer', 'h', 'data'), { recursive: true, mode: 0o700 });
    const place = { folder: join(cwd, '.gaffer', 'h'), password: 'x', version: null };
    writeFileSync(join(cwd, '.gaffer', 'postgres.json'), JSON.stringify(place));
  });

  it.each([[['runs']], [['run', 'workflow.yaml', '--yes']], [['down']], [['backup', 'copy.tgz']]])(
    'is not used by %j',
    async (args) => {
      expectRefusal(await here(...args), 6, `${cwd}/.gaffer holds`, `gaffer trust ${cwd}/.gaffer`);
    },
  );

  it('is told of by doctor, with the way out', async () => {
    const { code, stdout } = await here('doctor');
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fail +Home +.*holds/m) as string,
    });
    expect(stdout).toContain(`→ look at it; if it may, run: gaffer trust ${cwd}/.gaffer`);
    expect(stdout).not.toContain('TEMPORAL_ADDRESS');
  });

  it('is used once `gaffer trust` was told', async () => {
    expect(await here('trust', '.gaffer')).toMatchObject({ code: 0 });
    expect(await here('down')).toMatchObject({ code: 0 });
  });
});

describe('a workflow file that has agents work elsewhere', () => {
  const write = (workspace: string): void =>
    writeFileSync(join(cwd, 'workflow.yaml'), workflow({ top: `default_profile: coder\nworkspace: ${workspace}` }));

  it.each(['..', '/', '/etc'])('is not run before somebody trusts it: %s', async (folder) => {
    write(folder);
    expectRefusal(
      await here('run', 'workflow.yaml', '--yes'),
      6,
      'has agents work in',
      `gaffer trust ${cwd}/workflow.yaml`,
    );
  });

  it('is run once `gaffer trust` was told, until it changes', async () => {
    write('..');
    expect(await here('trust', 'workflow.yaml')).toMatchObject({ code: 0 });
    const unreachable = { DATABASE_URL: 'postgres://x@127.0.0.1:1/x', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const env = { XDG_CONFIG_HOME: join(cwd, 'config'), ...unreachable };
    expect(await gaffer(['run', 'workflow.yaml', '--yes'], { cwd, env })).toMatchObject({ code: 4 });
    write('../..');
    expectRefusal(await here('run', 'workflow.yaml', '--yes'), 6, 'has agents work in');
  });

  it('is not started by a program before that', async () => {
    write('..');
    const client = new URL('../../dist/client/index.js', import.meta.url).href;
    const program = `
      import { connect } from '${client}';
      const runs = await connect({ start: true });
      await runs.start({ file: 'workflow.yaml' }).catch(({ kind, message }) => console.log(kind, message));
      console.log((await runs.list()).length);
      await runs.close();`;
    const path = join(cwd, 'program.mjs');
    writeFileSync(path, program);
    const env = { XDG_CONFIG_HOME: join(cwd, 'config') };
    const { stdout } = await startNode([path], { cwd, env }).ended;
    expect(stdout).toMatch(/^needs-person .*has agents work in .*gaffer trust .*\n0\n$/);
  });

  it('needs no word when the person names the folder, or it lies inside', async () => {
    const env = { DATABASE_URL: 'postgres://x@127.0.0.1:1/x', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    write('..');
    expect(await gaffer(['run', 'workflow.yaml', '--workspace', '..'], { cwd, env })).toMatchObject({ code: 4 });
    write('agents');
    expect(await gaffer(['run', 'workflow.yaml'], { cwd, env })).toMatchObject({ code: 4 });
  });
});

describe('gaffer trust', () => {
  it('refuses what it cannot trust', async () => {
    expectRefusal(await here('trust', 'nothing'), 2, 'no such file');
    expectRefusal(await here('trust', 'agents'), 2, 'what can be trusted is');
  });
});
