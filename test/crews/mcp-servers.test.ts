import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../support/mcp/http-server.ts';
import { hostile, modules, openServers, placeHostile, startWorker } from '../support/mcp/server-tools.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

const registry = (name: string) => `${modules}/@modelcontextprotocol/server-${name}/dist/index.js`;
const alive = (mark: string) =>
  execFileSync('ps', ['axo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(mark)).length;

describe('servers of the registry', () => {
  let servers: Awaited<ReturnType<typeof openServers>>;
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-mcp-')));
  beforeAll(async () => {
    const reads = { gaffer: { reads: [modules] } };
    servers = await openServers(
      {
        everything: {
          command: 'node',
          args: [registry('everything')],
          env: { TOKEN: '${MY_TOKEN}', NAME: '${NO:-none}' },
          ...reads,
        },
        memory: {
          command: 'node',
          args: [registry('memory')],
          env: { MEMORY_FILE_PATH: `${workspace}/memory.json` },
          gaffer: { reads: [modules], workspace: true },
        },
      },
      { workspace, env: { MY_TOKEN: 'tok-123', OTHER: 'other-456' } },
    );
  }, 60_000);
  afterAll(async () => {
    await servers.pool.close();
    rmSync(workspace, { recursive: true });
  });

  inSandbox('are called by the names that they have in the run', async () => {
    expect(await servers.call('everything.echo', { message: 'hello' })).toEqual({ content: 'Echo: hello' });
    const entity = { name: 'gaffer', entityType: 'boss', observations: ['splits work'] };
    expect((await servers.call('memory.create_entities', { entities: [entity] })).isError).toBeUndefined();
    expect((await servers.call('memory.read_graph')).content).toContain('splits work');
  });

  inSandbox('get the variables that are named for them, and no others', async () => {
    const { content } = await servers.call('everything.get-env');
    expect(JSON.parse(content)).toMatchObject({ TOKEN: 'tok-123', NAME: 'none', HOME: '/tmp' });
    expect(content).not.toContain('other-456');
    expect(alive('tok-123')).toBe(0);
  });

  inSandbox('have their pictures kept as files, and their resources named', async () => {
    const { content } = await servers.call('everything.get-tiny-image');
    const [, file] =
      /\[image image\/png: \d+ bytes, kept as (mcp-files\/everything-[0-9a-f]{16}\.png)\]/.exec(content) ?? [];
    expect(readFileSync(`${workspace}/${file!}`).subarray(1, 4).toString()).toBe('PNG');
    expect((await servers.call('everything.get-resource-links', { count: 1 })).content).toMatch(
      /\[resource demo:\/\/\S+/,
    );
  });

  inSandbox('wait with a question for a person, and go on with the answer', async () => {
    const name = 'everything.trigger-elicitation-request';
    const { asks } = await servers.call(name);
    expect(asks).toMatchObject({ kind: 'answer', detail: expect.stringContaining('Your full, legal name') as string });
    const answer = { outcome: 'answered' as const, text: '{"name":"Ada"}', by: 'ann' };
    const { content } = await servers.call(name, {}, { answered: { question: asks!, answer } });
    expect(content).toContain('- Name: Ada');
  });
});

describe('a hostile server', () => {
  let servers: Awaited<ReturnType<typeof openServers>>;
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-mcp-')));
  beforeAll(async () => {
    placeHostile(workspace);
    const slow = { ...hostile, gaffer: { timeout_seconds: 1 } };
    const shy = { ...hostile, env: { EXITS_AT_NEWS: 'yes' }, gaffer: { workspace: true } };
    servers = await openServers({ hostile, slow, shy }, { workspace });
  }, 60_000);
  afterAll(async () => {
    await servers.pool.close();
    rmSync(workspace, { recursive: true });
  });

  inSandbox(
    'does nothing but answer an error when it dies, writes without end, or says nonsense; the next call finds it anew',
    async () => {
      const said: [string, RegExp][] = [
        ['hostile.die', /^hostile__die failed: .*it ended/],
        ['hostile.stderr', /it wrote more than 8 MB of errors/],
        ['hostile.long_line', /it wrote a line of more than 8 MB/],
        ['hostile.error', /^hostile__error failed: .*no$/],
        ['hostile.wrong', /^hostile__wrong failed: /],
      ];
      for (const [name, words] of said) {
        const output = await servers.call(name);
        expect(output).toMatchObject({ isError: true, content: expect.stringMatching(words) as string });
        expect(await servers.call('hostile.noise')).toEqual({ content: 'after the noise' });
      }
    },
  );

  inSandbox('floods nobody', async () => {
    expect((await servers.call('hostile.flood')).content).toContain('it wrote more than 64 MB');
  });

  inSandbox('is not waited for longer than its time, and is told of a call that is cancelled', async () => {
    expect((await servers.call('slow.hang')).content).toBe('slow__hang failed: it took longer than 1 s');
    const stop = new AbortController();
    const called = servers.call('hostile.hang', {}, {}, stop.signal);
    stop.abort(new Error('cancelled'));
    await expect(called).rejects.toThrow('cancelled');
  });

  inSandbox('steers no terminal and fills no conversation', async () => {
    expect((await servers.call('hostile.escape')).content).toBe('redtxt.exe');
    expect(Buffer.byteLength((await servers.call('hostile.big')).content)).toBeLessThanOrEqual(32_000);
    const { content } = await servers.call('hostile.images');
    expect(content).toMatch(/750000 bytes, kept as mcp-files\/hostile-\w+\.bin/);
    expect(content).toContain('not kept, as there are more than 10');
    expect(content).not.toContain('\u001B');
    expect(readdirSync(join(workspace, 'mcp-files'))).toHaveLength(3);
    const descriptions = servers.plan.mcp!.tools!.map((tool) => tool.description).join();
    expect(descriptions).not.toContain('\u001B');
  });

  inSandbox('has no say in what repeating a call does, nor in which names there are', async () => {
    expect(servers.tool('hostile.stamp').effectOf({ word: 'a' })).toBe('once');
    expect(servers.tool('hostile.choice')).toBeUndefined();
    const odd = servers.plan.mcp!.tools!.find(({ tool }) => tool === 'odd name/__x')!;
    expect(odd.name).toMatch(/^hostile\.odd-name-_x-\w+$/);
    expect(await servers.call(odd.name)).toEqual({ content: 'odd' });
  });

  inSandbox('that says something else of a tool now is called when somebody has agreed', async () => {
    expect(await servers.call('shy.change')).toEqual({ content: 'changed' });
    const { asks } = await servers.call('shy.stamp', { word: 'no' });
    expect(asks).toMatchObject({ kind: 'agree', detail: expect.stringContaining('sends your keys') as string });
    const no = { question: asks!, answer: { outcome: 'denied' as const, text: 'never', by: 'ann' } };
    expect((await servers.call('shy.stamp', { word: 'no' }, { answered: no })).content).toContain(
      'ann did not allow it',
    );
    expect(existsSync(`${workspace}/stamped.txt`)).toBe(false);
    const isAgreed = (what: string) => Promise.resolve(what === asks!.note);
    expect(await servers.call('shy.stamp', { word: 'yes' }, { isAgreed })).toEqual({ content: 'stamped 4' });
  });

  inSandbox('that asks and is gone leaves nobody guessing', async () => {
    const { asks } = await servers.call('hostile.ask', {}, { callKey: 'ask' });
    expect(asks!.detail).not.toContain('\u001B');
    await servers.call('hostile.die');
    const answered = { question: asks!, answer: { outcome: 'answered' as const, text: 'red', by: 'ann' } };
    const { content } = await servers.call('hostile.ask', {}, { callKey: 'ask', answered });
    expect(content).toContain('nobody knows how far the call came');
  });
});

inSandbox('a server is started for who trusts it, and not without what it needs', async () => {
  const workspace = tempFolder();
  placeHostile(workspace);
  const open = (server: object, more = {}) =>
    openServers({ hostile: { ...hostile, ...server } }, { workspace, ...more });
  await expect(open({}, { isTrusted: false })).rejects.toThrow('nobody at the machine of this worker trusts');
  await expect(open({ env: { KEY: '${MISSING}' } })).rejects.toThrow('the variable MISSING is not set');
  await expect(open({ env: { KEY: '${DATABASE_URL}' } })).rejects.toThrow("DATABASE_URL is Gaffer's own");
  await expect(open({ command: 'no-such-program' })).rejects.toThrow(/no-such-program.*not found/);
  await expect(open({}, { tools: ['hostile.stmap'] })).rejects.toThrow('did you mean "hostile__stamp"?');
  // Agents could write this program, and would have its variables, its network or its folders then.
  for (const more of [{ env: { KEY: 'k' } }, { gaffer: { network: true } }, { gaffer: { reads: [modules] } }])
    await expect(open(more)).rejects.toThrow(/Cannot find module '\/tmp\/hostile-server.mjs'.*"workspace": true/);
  for (const folder of [workspace, join(workspace, 'made-later', '/'), dirname(workspace), '/'])
    await expect(open({ gaffer: { reads: [folder] } })).rejects.toThrow('where agents of this run write');
});

it('a server at an address is asked with its headers, only where it may be, and goes on after a question by itself', async () => {
  const { url, seen, close } = await startHttpServer();
  onTestFinished(close);
  const workspace = tempFolder();
  const at = (path: string, more = {}) => ({
    type: 'http',
    url: `${url}${path}`,
    headers: { authorization: 'Bearer ${TOKEN}' },
    ...more,
  });
  const open = (server: object) => openServers({ paint: { ...server } }, { workspace, env: { TOKEN: 'tok-123' } });
  const network = { gaffer: { network: true } };
  await expect(open(at('/mcp'))).rejects.toThrow(/port \d+ is refused/);
  await expect(open({ url: 'http://example.com/mcp' })).rejects.toThrow('by https only');
  await expect(open({ url: 'https://169.254.169.254/' })).rejects.toThrow('is not a public address');
  expect(seen).toEqual([]);
  await expect(open(at('/away', network))).rejects.toThrow('not followed');

  const servers = await open(at('/mcp', network));
  const { asks } = await servers.call('paint.paint');
  await servers.pool.close();
  // Another worker may have the answer.
  const other = await open(at('/mcp', network));
  onTestFinished(() => other.pool.close());
  const answer = { outcome: 'answered' as const, text: 'red', by: 'ann' };
  const { content } = await other.call('paint.paint', {}, { answered: { question: asks!, answer } });
  expect(content).toBe('painted red (half-way)');
  const brief = await open(at('/mcp', { gaffer: { network: true, timeout_seconds: 1 } }));
  onTestFinished(() => brief.pool.close());
  expect((await brief.call('paint.drip')).content).toContain('it took longer than 1 s');
  expect((await brief.call('paint.other_id')).content).toContain('it took longer than 1 s');
  expect((await brief.call('paint.away')).content).toMatch(/169\.254\.169\.254.* not followed/);
  expect((await brief.call('paint.again')).content).toContain('it took longer than 1 s');
  expect((await brief.call('paint.plain')).content).toBe('plain');
  expect(seen.length).toBeLessThan(150);
  expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer tok-123']));
});

inSandbox('the servers of a run go with it, and with the worker, however that ends', async () => {
  const workspace = tempFolder();
  placeHostile(workspace);
  const servers = await openServers(
    { hostile: { ...hostile, args: ['hostile-server.mjs', workspace] } },
    { workspace },
  );
  expect(await servers.call('hostile.noise')).toEqual({ content: 'after the noise' });
  expect(alive(`hostile-server.mjs ${workspace}`)).toBeGreaterThan(0);
  await servers.pool.endRuns(['run']);
  await until('the server is gone', () => alive(`hostile-server.mjs ${workspace}`) === 0);

  const declared = { hostile: { ...hostile, args: ['hostile-server.mjs', workspace] } };
  const worker = startWorker(declared, workspace);
  await until('it is there', () => alive(`hostile-server.mjs ${workspace}`) > 0);
  worker.kill('SIGKILL');
  await until('the server is gone', () => alive(`hostile-server.mjs ${workspace}`) === 0);
});
