import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CliPlace, CliResult } from '../support/command/cli.ts';
import { expectRefusal, gaffer, startGaffer, writeProject } from '../support/command/cli.ts';
import { createTestDatabase } from '../support/store/database.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { patient } from '../support/base/patience.ts';

const workflow = `name: cut-off
default_profile: coder
tasks:
  - { id: one, prompt: Be quick., compensate: { tool: issue, input: { action: create, title: undone } } }
  - { id: two, depends_on: [one], prompt: Be slow. }
  - { id: three, depends_on: [two], prompt: Be last. }
`;
const script = `export const script = { rules: [{ name: 'slow', when: () => true, answer: ({ prompt }) =>
  ({ text: 'done', latencyMs: prompt === 'Be slow.' ? 300_000 : 0 }) }] };\n`;

// A run that nobody looks after any more would otherwise be followed for ever.
describe('a run that somebody terminated in Temporal', () => {
  const runId = 'cut-off-1';
  const sentence =
    /run cut-off-1 was terminated in Temporal \(boom, said ops\), so it could not undo anything: `gaffer rollback cut-off-1` undoes what it did; `gaffer retry cut-off-1` keeps that/;
  let place: CliPlace;
  let followed: CliResult;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let connection: Connection;

  beforeAll(async () => {
    buildIfStale();
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(inject('temporal'))));
    database = await createTestDatabase();
    const coder = '---\nname: coder\nmodel: claude-haiku-4-5\ntools: [issue]\n---\nYou code.\n';
    const cwd = writeProject(realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-cut-off-'))), {
      'workflow.yaml': workflow,
      'script.mjs': script,
      'agents/coder.md': coder,
    });
    place = { cwd, env: { DATABASE_URL: database.url, TEMPORAL_ADDRESS: inject('temporalAddress') } };
    const run = startGaffer(['run', 'workflow.yaml', '--script', 'script.mjs', '--id', runId], place);
    await run.says(/two started/);
    await new Client({ connection }).workflow.getHandle(runId).terminate('boom,\nsaid ops');
    const at = performance.now();
    await run.says(sentence);
    expect(performance.now() - at).toBeLessThan(patient(6000));
    followed = await run.ended;
  });
  afterAll(async () => {
    await connection.close();
    await database.close();
    rmSync(place.cwd, { recursive: true, force: true });
  });

  it('ends the command that follows it, which says what happened and what to do', () => {
    expectRefusal(followed, 1, sentence);
    expect(followed.stderr).not.toMatch(/Parked|Detached|stuck/);
  });

  it.each([
    ['watch', 1],
    ['cancel', 1],
    ['pause', 2],
    ['resume', 2],
    ['approve', 2],
  ])('is told of by `gaffer %s`, which ends with %d', async (verb, code) => {
    expectRefusal(await gaffer([verb, runId], place), code, sentence);
  });

  it('is not listed or shown as one that goes on', async () => {
    expect((await gaffer(['runs'], place)).stdout).toMatch(/cut-off-1 +terminated/);
    const listedAs = async (status: string) =>
      (await gaffer(['runs', '--status', status, '--quiet'], place)).stdout.trim();
    expect(await Promise.all(['running', 'terminated'].map(listedAs))).toEqual(['', runId]);
    const [listed] = JSON.parse((await gaffer(['runs', '--json'], place)).stdout) as object[];
    expect(listed).toMatchObject({ runId, status: 'terminated' });
    const shown = await gaffer(['show', runId], place);
    expect(shown.stdout).toMatch(/cut-off-1 terminated, started/);
    expect(shown.stdout).toMatch(sentence);
    const { stdout } = await gaffer(['show', runId, '--json'], place);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'terminated', stuck: expect.stringMatching(sentence) });
  });

  it('gets its end from `gaffer rollback`', async () => {
    const { code, stdout, stderr } = await gaffer(['rollback', runId, '--json'], place);
    expect([code, stdout && JSON.parse(stdout)], stderr).toEqual([0, { runId, undone: ['one'], left: [] }]);
    expect((await gaffer(['runs'], place)).stdout).toMatch(/cut-off-1 +cancelled/);
    expect((await gaffer(['watch', runId], place)).code).toBe(3);
    expect(await gaffer(['cancel', runId], place)).toMatchObject({ code: 0 });
  });
});
