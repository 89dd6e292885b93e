import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Script, ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { processesBelow } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { gitOf, newRepository } from '../support/coding/merge-repository.ts';
import { gatewayHome } from '../support/gateway/gateway-place.ts';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

// A prompt is a list of commands, one a line after `Run: `; the agent's last words come after them.
const commands = (prompt: string): string[] => [...prompt.matchAll(/^Run: (.*)$/gm)].map(([, command]) => command!);
const scripted = (change: (c: ScriptedConversation) => Partial<ScriptedAnswer> = () => ({})): Script => ({
  rules: [
    {
      name: 'works',
      when: () => true,
      answer: (c) => {
        const command = commands(c.prompt)[c.results.length];
        const said = command === undefined ? { text: 'DONE' } : { tools: [{ name: 'bash', input: { command } }] };
        return { ...said, ...change(c) };
      },
    },
  ],
});

const commandAgent = readFileSync(
  fileURLToPath(new URL('../support/coding/command-agent.mjs', import.meta.url)),
  'utf8',
);
const worker = agent({
  model: 'claude-haiku-4-5',
  tools: ['bash', 'filesystem'],
  runner: { kind: 'command', command: ['node', 'agent.mjs', '{prompt_file}', '{model}'] },
});

describe('a crew of programs of others', () => {
  let env: RunEnv;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
  });
  afterAll(() => env.close());

  const begin = async (text: string) => {
    const folder = newRepository({ 'agent.mjs': commandAgent, 'src/a.txt': 'a\n', 'src/b.txt': 'b\n' });
    const home = gatewayHome();
    process.env['GAFFER_TEST_GATEWAY_HOME'] = home.path;
    onTestFinished(() => void delete process.env['GAFFER_TEST_GATEWAY_HOME']);
    const state = process.env['XDG_STATE_HOME']!;
    let process_ = await spawnWorker(env.settings);
    onTestFinished(() => process_.kill());
    const plan: Plan = { ...yamlPlan(text, { agents: [worker] }), workspace: folder };
    return {
      ...{ folder, state, git: gitOf(folder), plan },
      start: () => env.start(plan, { runId: `crew-${randomUUID().slice(0, 8)}` }),
      async replaceWorker(): Promise<void> {
        await process_.kill();
        process_ = await spawnWorker(env.settings);
      },
    };
  };

  inSandbox(
    'makes one gated branch of what each did apart, pays each call once though its worker is killed, and leaves nothing',
    async () => {
      const stage = await begin(`
merge: { auto: true, gates: ['test "$(cat src/sum.txt 2>/dev/null || cat src/a.txt)" != broken'] }
tasks:
  - { id: one, files_scope: ['src/**'], expects_changes: true, prompt: "Run: echo one > src/a.txt\\nRun: echo x > README 2>/dev/null || echo kept" }
  - { id: two, expects_changes: true, checks: ['test -e lib/two.txt'], prompt: "Run: mkdir lib && echo two > lib/two.txt\\nRun: cat src/a.txt" }
  - { id: sum, depends_on: [one, two], prompt: "Run: cat src/a.txt lib/two.txt > src/sum.txt" }
`);
      let held = 0;
      env.model.setScript(
        scripted((c) => {
          // The second call of each of the two, once: a worker is killed while both are under way.
          if (c.results.length !== 1 || c.prompt.includes('sum.txt') || held >= 2) return {};
          held++;
          return { latencyMs: 3000 };
        }),
      );
      const run = await stage.start();
      await until('both have a call under way', () => held >= 2);
      await stage.replaceWorker();
      const result = await run.result();
      expect([result.status, result.reason]).toEqual(['succeeded', null]);
      expect(stage.git('show', 'main:src/sum.txt')).toBe('one\ntwo');
      expect(stage.git('ls-tree', '--name-only', 'main')).not.toContain('README');
      expect(stage.git('status', '--porcelain')).toBe('');
      expect(readFileSync(join(stage.folder, 'src/sum.txt'), 'utf8')).toBe('one\ntwo\n');

      // The provider's log is the ledger, to the token: nothing was asked for twice, what was under way when the worker died included.
      const { requests } = env.model;
      expect(requests.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 3 + 3 + 2 }, () => 'answered'));
      const usages = [requests, Object.values(result.tasks)].map((all) =>
        all.reduce((sum, { usage }) => [sum[0]! + usage!.inputTokens, sum[1]! + usage!.outputTokens], [0, 0]),
      );
      expect(usages[1]).toEqual(usages[0]);

      const left = join(stage.state, 'gaffer');
      await until('no program of it runs', () => processesBelow(join(left, 'agents')).length === 0);
      expect(readdirSync(join(left, 'agents'))).toEqual([]);
      await run.remove();
      expect(stage.git('worktree', 'list').split('\n')).toHaveLength(1);
      expect(readdirSync(stage.folder, { recursive: true }).filter((name) => String(name).endsWith('.lock'))).toEqual(
        [],
      );
    },
  );
});
