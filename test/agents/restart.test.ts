import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { totalTokens } from '../../src/domain/money/usage.ts';
import { gatewayInside } from '../../src/host/contain/contain.ts';
import { claudeRunner } from '../../src/runners/claude/claude.ts';
import { codexRunner } from '../../src/runners/codex/codex.ts';
import { piRunner } from '../../src/runners/pi/pi.ts';
import type { Runner } from '../../src/runners/runner.ts';
import type { Rule } from '../../src/testing/index.ts';
import { startScriptedModel, steps } from '../../src/testing/index.ts';
import type { AgentName } from '../support/agents/install-agents.ts';
import { allOf, inputOf, installed, makeFolders, watched, withAgents } from '../support/agents/stage.ts';
import { until } from '../support/base/until.ts';
import { useGateway } from '../support/gateway/stage.ts';
import { agent } from '../support/plan/builders.ts';

const gateway = useGateway();

interface Case {
  name: AgentName;
  runner: Runner;
  model: string;
  /** A call of its shell. */
  shell: (command: string) => { name: string; input: { [key: string]: string } };
}

const cases: readonly Case[] = [
  {
    ...{ name: 'claude', runner: claudeRunner, model: 'claude-haiku-4-5' },
    shell: (command) => ({ name: 'Bash', input: { command, description: 'Works' } }),
  },
  {
    ...{ name: 'codex', runner: codexRunner, model: 'gpt-5' },
    shell: (cmd) => ({ name: 'exec_command', input: { cmd } }),
  },
  {
    ...{ name: 'pi', runner: piRunner, model: 'claude-haiku-4-5' },
    shell: (command) => ({ name: 'bash', input: { command } }),
  },
];

// Long enough for another session to come to it while it is under way.
const lastMs = 20_000;

function workOf({ shell }: Case): Rule {
  return steps('work', () => true, [
    { text: 'I begin.', tools: [shell('echo one > a.txt; seq 1 30000')] },
    { tools: [shell('cat a.txt; ls')] },
    { text: 'FINISHED', latencyMs: lastMs },
  ]);
}

/** An agent before a gateway that asks a scripted model, and what its sessions start with. */
const setUp = async ({ runner, model }: Case, work: Rule) => {
  const provider = await startScriptedModel({ rules: [work] });
  onTestFinished(() => provider.close());
  const { top, folder, home } = makeFolders();
  const socket = path.join(top, 'own', 'gateway.sock');
  const account = { apiKey: 'sk-the-real-key', baseURL: provider.url };
  const accounts = { anthropic: account, openai: { ...account, baseURL: `${provider.url}/v1` } };
  const between = await gateway.gateway({ accounts, socket });
  // What is volatile in a request is known of the program of its agent.
  const of = agent({ runner: { kind: runner.kind } });
  const { run, token } = await gateway.attempt({ agents: { worker: of } });
  const baseUrl = `${gatewayInside}/run/${encodeURIComponent(run.runKey)}/task/one/attempt/1`;
  const input = (sessionId = '6b1f7c1e-1111-8222-8333-444455556666') =>
    inputOf({ folder, home, socket }, { sessionId, model, token, baseUrl, runner: { kind: runner.kind } });
  /** What was paid is what the provider counted. */
  const expectPaid = async () => {
    const told = provider.requests.reduce((sum, { usage }) => sum + totalTokens(usage!), 0);
    expect(await gateway.money(run)).toMatchObject({ tokens: told, held: 0 });
  };
  return { provider, folder, between, input, expectPaid };
};

describe('an agent that is killed in the middle of a call', () => {
  for (const each of cases) {
    const { name, runner } = each;
    // Line 11, too: it is not resumed, as its first turn has not ended.
    withAgents([name], `does all of it again in a new session, and nothing is paid again: ${name}`, async () => {
      const { provider, folder, between, input, expectPaid } = await setUp(each, workOf(each));
      const first = watched(input());
      const ended = allOf(await runner.start(installed(name), first.input));
      await until('the third call', () => provider.requests.length === 3, 60_000);
      process.kill(first.running().pid, 'SIGKILL');
      expect((await ended).at(-1)).toMatchObject({ type: 'end', status: 'killed' });
      // As its snapshot puts it back.
      for (const file of readdirSync(folder)) rmSync(path.join(folder, file), { recursive: true });
      const second = await runner.start(installed(name), input('6b1f7c1e-1111-8222-8333-444455557777'));
      expect((await allOf(second)).at(-1)).toMatchObject({ status: 'finished', text: 'FINISHED' });
      expect(provider.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'answered']);
      const { calls, repeated, attached } = between.figures();
      expect({ calls, again: repeated + attached }).toEqual({ calls: 3, again: 3 });
      await expectPaid();
    });
  }
});

describe('an agent that goes on', () => {
  for (const each of cases) {
    const { name, runner, shell } = each;
    withAgents([name], `costs what each call did, whatever it adds up itself (3): ${name}`, async () => {
      const usage = { inputTokens: 1000, outputTokens: 100 };
      const work = steps('work', () => true, [
        { tools: [shell('ls')], usage },
        { text: 'FINISHED', usage },
      ]);
      const { provider, input, expectPaid } = await setUp(each, work);
      const first = await allOf(await runner.start(installed(name), input()));
      const on = await allOf(await runner.resume(installed(name), input(), { kind: 'prompt', prompt: 'Go on.' }));
      for (const events of [first, on]) expect(events.at(-1)).toMatchObject({ status: 'finished', text: 'FINISHED' });
      expect(provider.requests.length).toBeGreaterThan(2);
      await expectPaid();
    });
  }
});
