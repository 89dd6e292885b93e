import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect as connectHere } from '../../src/client/index.ts';
import type { Runs } from '../../src/client/runs.ts';
import { connect } from '../../src/http-client/index.ts';
import type * as client from '../../src/http-client/index.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { findChromium } from '../support/base/chromium.ts';
import { patient } from '../support/base/patience.ts';
import { writeProject } from '../support/command/cli.ts';
import { callAll, recorded } from '../support/server/same-calls.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const blocked = { tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] };
const rules = [
  {
    name: 'blocked',
    when: (c: ScriptedConversation) => c.prompt.includes('You are blocked') && c.turn === 0,
    answer: () => blocked,
  },
  { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) },
];

/** Keys of numbers that differ from run to run. */
const timed = /(Ms|[dD]uration|waited|seq|elapsed|second)/;

/** The same but for what no two runs have in common. */
function normalised(value: unknown, side: string): unknown {
  const text = (found: string): string =>
    found
      .replaceAll(side, 'SIDE')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
      .replace(/\b[0-9a-f]{12,64}\b/g, 'HASH')
      .replace(/-evaluation-\w{4}/g, '-evaluation-XXXX')
      .replace(/\b\d+(?:\.\d+)? ?(ms|s|min)\b/g, 'DURATION');
  const walk = (found: unknown, key = ''): unknown => {
    if (typeof found === 'string')
      return /^(at|since|.*At|.*Key|head|id|snapshot|cursor|next)$/.test(key) && !found.includes(side)
        ? typeof found
        : text(found);
    if (typeof found === 'number') return timed.test(key) ? 'NUMBER' : found;
    if (found instanceof Map) return [...found].map(([name, each]) => [walk(name), walk(each)]);
    if (Array.isArray(found)) return found.map((each) => walk(each, key));
    if (typeof found !== 'object' || found === null) return found;
    return Object.fromEntries(
      Object.entries(found).map(([name, each]) => [text(name), walk(each, timed.test(key) ? key : name)]),
    );
  };
  return walk(value);
}

describe('the client of the service', () => {
  let env: ServiceEnv;
  let here: Runs;
  let there: Runs<never>;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules } });
    writeProject(env.workspace);
    const { temporal, databaseUrl, taskQueue } = env.settings;
    here = await connectHere({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: {} });
    there = await connect({ url: env.service.url, key: env.key });
  });
  afterAll(async () => {
    await there.close();
    await here.close();
    await env.close();
  });

  it('answers every call of Runs and Run as connect() in the process does, errors included', async () => {
    const called = new Set<string>();
    const [local, remote] = await Promise.all([
      callAll(here, 'near'),
      callAll(recorded(there, called, 'runs'), 'wire'),
    ]);
    const methods = (value: object, name: string): string[] =>
      Object.entries(value).flatMap(([key, each]) => (typeof each === 'function' ? [`${name}.${key}`] : []));
    const run = await there.find('wire-pair');
    const all = [...methods(there, 'runs'), ...methods(there.schedules, 'runs.schedules'), ...methods(run, 'run')];
    const left = ['runs.close', 'runs.startMany', 'runs.temporal', 'runs.temporalClient'];
    expect(all.filter((name) => !called.has(name)).sort()).toEqual(left);
    for (const [what, outcome] of Object.entries(local))
      expect.soft({ [what]: normalised(remote[what], 'wire') }).toEqual({ [what]: normalised(outcome, 'near') });
    expect(remote['approve']).toEqual({ decided: true, missing: 0 });
  });

  it('tells a story without gap or double over services that end, each on another port', async () => {
    let { url } = env.service;
    const moved: typeof fetch = (input, init) => fetch((input as string).replace('http://gaffer.test', url), init);
    const runs = await connect({ url: 'http://gaffer.test', key: env.key, fetch: moved });
    const gated = (id: string): object => ({ id, prompt: `Write ${id}.`, approval: { at: 'before' } });
    const tasks = ['a', 'b', 'c'].map((id, index, all) => ({ ...gated(id), depends_on: all.slice(index - 1, index) }));
    const run = await runs.start({ definition: { name: 'moved', default_profile: 'coder', tasks }, id: 'moved-on' });
    const numbers: number[] = [];
    let last = await env.another();
    url = last.url;
    for await (const event of run.events()) {
      numbers.push(event.seq);
      if (event.type !== 'approval:requested') continue;
      const [next, ended] = [await env.another(), last];
      [last, url] = [next, next.url];
      await Promise.all([ended.close(), run.approve({ id: event.approvalId })]);
    }
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect((await env.story('moved-on')).map(({ seq }) => seq)).toEqual(numbers);
    expect((await run.result()).status).toBe('succeeded');
    await runs.close();
  });

  it('refuses what a key may not do, and says who nobody knows', async () => {
    const reader = await connect({ url: env.service.url, key: await env.newKey({ name: 'reader', scopes: ['read'] }) });
    expect(await reader.list({ workflow: 'nothing-of-the-kind' })).toEqual([]);
    const started = reader.start({ text: 'tasks: []' });
    await expect(started).rejects.toMatchObject({ name: 'HttpProblemError', status: 403, kind: 'refused' });
    const stranger = await connect({ url: env.service.url, key: 'gfr_nobody' });
    await expect(stranger.list()).rejects.toMatchObject({ name: 'HttpProblemError', status: 401 });
  });

  it('is what a program of the examples works with', async () => {
    const main = fileURLToPath(new URL('../../dist/examples/http-client/main.js', import.meta.url));
    const environment = { ...process.env, GAFFER_URL: env.service.url, GAFFER_KEY: env.key };
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'swarms'], { env: environment });
    expect(stdout).toMatch(
      /^letter-\w{4}:\n {2}draft is done\n {2}send is done\nsucceeded for \$0\.\d+\ndid: A letter of 3 lines/,
    );
  });

  const executablePath = findChromium();
  const note = executablePath ? '' : ' (not looked at: there is no Chromium here, `apt install chromium` brings it)';
  it.skipIf(!executablePath)(`works on a page of the service, under its own policy${note}`, async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/http-client/index.ts', import.meta.url))],
      ...{ bundle: true, write: false, format: 'iife', globalName: 'gaffer', platform: 'browser', minify: true },
    });
    const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(patient(20_000));
      await page.goto(`${env.service.url}/nothing-here`);
      await page.evaluate(`${outputFiles[0]!.text}; globalThis.gaffer = gaffer;`);
      const seen = await page.evaluate(async (key) => {
        const { connect: open, RunExistsError } = (globalThis as unknown as { gaffer: typeof client }).gaffer;
        const runs = await open({ url: location.origin, key });
        const text = 'name: paged\ndefault_profile: coder\ntasks: [{ id: one, prompt: Grüße aus 東京. }]\n';
        const run = await runs.start({ text, id: 'paged' });
        const types: string[] = [];
        for await (const { type } of run.events()) types.push(type);
        const { status, tasks } = await run.result();
        const isTaken = await runs
          .start({ text, id: 'paged' })
          .catch((error: unknown) => error instanceof RunExistsError);
        await runs.close();
        return { types, status, output: tasks['one']?.output, isTaken };
      }, env.key);
      expect(seen).toMatchObject({ status: 'succeeded', output: 'did: Grüße aus 東京.', isTaken: true });
      expect(seen.types).toEqual((await env.story('paged')).map(({ type }) => type));
    } finally {
      await browser.close();
    }
  });
});
