import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import { startScriptedModel, type ScriptedModelServer } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { type CliPlace, expectNothingLeft, gaffer, startGaffer, writeProject } from '../support/command/cli.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const answerMs = 1500;

describe('commands with a gateway', () => {
  let model: ScriptedModelServer;
  beforeAll(async () => {
    buildIfStale();
    model = await startScriptedModel({ rules: [] });
  });
  beforeEach(() => {
    const rule = { name: 'hello', when: () => true, answer: () => ({ text: 'Hello.', latencyMs: answerMs }) };
    model.setScript({ rules: [rule] });
  });
  afterAll(() => model.close());

  function project(env: Record<string, string>): { place: CliPlace; home: string } {
    const cwd = writeProject(tempFolder());
    const home = join(cwd, '.gaffer');
    onTestFinished(() => removeHome({ path: home }));
    return { place: { cwd, env: { GAFFER_GATEWAY: 'on', ...env } }, home };
  }

  it('`gaffer watch` gets the answer that `gaffer run` was killed for, and nothing is paid twice or left', async () => {
    const { place, home } = project({ ANTHROPIC_API_KEY: model.apiKey, ANTHROPIC_BASE_URL: model.url });
    const before = model.requests.length;
    const run = startGaffer(['run', 'workflow.yaml', '--id', 'killed-with-gateway', '--yes'], place);
    await until('the call is under way', () => model.requests.length > before, 60_000);
    run.process.kill('SIGKILL');
    await run.ended;
    const watched = await gaffer(['watch', 'killed-with-gateway', '--yes'], place);
    expect(watched, watched.stderr).toMatchObject({ code: 0 });
    expect(model.requests.length - before).toBe(1);
    expectNothingLeft(home);
  });

  it('a worker without a key asks the gateway that is named, which has it', async () => {
    const { place, home } = project({});
    const socket = join(tempFolder(), 'gateway.sock');
    const keys = { ANTHROPIC_API_KEY: model.apiKey, ANTHROPIC_BASE_URL: model.url };
    const own = { ...place, env: { ...place.env, ...keys } };
    const gateway = startGaffer(['gateway', '--socket', socket, '--json'], own);
    onTestFinished(() => void gateway.process.kill('SIGKILL'));
    await gateway.says(/Workers find it by GAFFER_GATEWAY/);
    const without = { ...place, env: { ...place.env, GAFFER_GATEWAY: `unix:${socket}` } };
    const doctor = await gaffer(['doctor'], without);
    expect(doctor.stdout).toMatch(/ok +Gateway +answers at unix:/);
    expect(doctor.stdout).toContain(`on this database at ${socket} since `);
    const ran = await gaffer(['run', 'workflow.yaml', '--yes'], without);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain('Model: as the gateway at unix:');
    gateway.process.kill('SIGTERM');
    const { code, stdout } = await gateway.ended;
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, socket, url: null });
    expectNothingLeft(home);
  });
});
