import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { loadScript } from '../../src/client/crew/model.ts';
import { type AgentName, folderOf } from '../support/agents/install-agents.ts';
import { withAgents } from '../support/agents/stage.ts';
import { until } from '../support/base/until.ts';
import { gitOf, newRepository } from '../support/coding/merge-repository.ts';
import { gatewayHome } from '../support/gateway/gateway-place.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';

const names: readonly AgentName[] = ['claude', 'codex', 'pi'];
const fileOf = (name: string): string =>
  join(fileURLToPath(new URL('../../examples/coding-crew/', import.meta.url)), name);

describe('the example of a coding crew', () => {
  let env: RunEnv;
  const pathBefore = process.env['PATH'];
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
    const { anthropic } = env.settings.models.accounts;
    const openai = { ...anthropic!, baseURL: `${env.model.url}/v1` };
    env.settings.models = { ...env.settings.models, accounts: { anthropic: anthropic!, openai } };
    process.env['PATH'] = [folderOf('claude'), pathBefore].join(':');
  });
  afterAll(async () => {
    process.env['PATH'] = pathBefore;
    await env.close();
  });

  withAgents(names, 'leaves one gated branch, and pays no call twice though its worker is killed', async () => {
    const folder = newRepository({ 'package.json': '{ "type": "module" }\n' });
    process.env['GAFFER_TEST_GATEWAY_HOME'] = gatewayHome().path;
    onTestFinished(() => void delete process.env['GAFFER_TEST_GATEWAY_HOME']);
    const script = await loadScript(fileOf('script.mjs'));
    let asked = 0;
    // The second call of each program, once: all three have one under way when their worker dies.
    const slow = script.rules.map((rule) => ({
      ...rule,
      answer: (...[c]: Parameters<typeof rule.answer>) =>
        c.results.length === 1 && asked++ < 3 ? { ...rule.answer(c), latencyMs: 8000 } : rule.answer(c),
    }));
    env.model.setScript({ ...script, rules: slow });
    let worker = await spawnWorker(env.settings);
    onTestFinished(() => worker.kill());
    const run = await env.client.start({ file: fileOf('workflow.yaml'), workspace: folder });
    await until('all three have a call under way', () => asked >= 3, 60_000);
    await worker.kill();
    worker = await spawnWorker(env.settings);
    const result = await run.result();
    expect([result.status, result.reason]).toEqual(['succeeded', null]);
    const tree = gitOf(folder)('ls-tree', '-r', '--name-only', 'main').split('\n');
    expect(tree).toEqual(['README.md', 'lib/words.js', 'package.json', 'src/lines.js', 'src/main.js']);

    const { requests } = env.model;
    expect(requests.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 4 * 2 }, () => 'answered'));
    const usages = [requests, Object.values(result.tasks)].map((all) =>
      all.reduce((sum, { usage }) => [sum[0]! + usage!.inputTokens, sum[1]! + usage!.outputTokens], [0, 0]),
    );
    expect(usages[1]).toEqual(usages[0]);
    expect(readdirSync(join(process.env['XDG_STATE_HOME']!, 'gaffer', 'agents'))).toEqual([]);
  });
});
