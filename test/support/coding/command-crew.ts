import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { GafferHome } from '../../../src/config/home.ts';
import type { Run } from '../../../src/client/index.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Script, ScriptedAnswer, ScriptedConversation } from '../../../src/testing/index.ts';
import { gatewayHome } from '../gateway/gateway-place.ts';
import { agent } from '../plan/builders.ts';
import { yamlPlan } from '../plan/yaml-plan.ts';
import type { RunEnv } from '../run/run-env.ts';
import { spawnWorker } from '../run/worker-process.ts';
import { gitOf, newRepository } from './merge-repository.ts';

/** Answers of a crew: a prompt is a list of commands, one a line after `Run: `; the agent's last words come after them. `change` bends an answer. */
export function crewScript(change: (c: ScriptedConversation) => Partial<ScriptedAnswer> = () => ({})): Script {
  const answer = (c: ScriptedConversation): ScriptedAnswer => {
    const command = [...c.prompt.matchAll(/^Run: (.*)$/gm)][c.results.length]?.[1];
    const said = command === undefined ? { text: 'DONE' } : { tools: [{ name: 'bash', input: { command } }] };
    return { ...said, ...change(c) };
  };
  return { rules: [{ name: 'works', when: () => true, answer }] };
}

const program = readFileSync(fileURLToPath(new URL('command-agent.mjs', import.meta.url)), 'utf8');
const worker = agent({
  model: 'claude-haiku-4-5',
  tools: ['bash', 'filesystem'],
  runner: { kind: 'command', command: ['node', 'agent.mjs', '{prompt_file}', '{model}'] },
});

const own = agent({ name: 'own', model: 'claude-haiku-4-5', tools: ['bash'] });

/** A crew whose agents are programs, before it starts: its repository, its gateway's home, and its worker, which tests kill. */
export interface CommandCrew {
  folder: string;
  home: GafferHome;
  plan: Plan;
  git: (...args: string[]) => string;
  start(): Promise<Run>;
  /** Kills the worker, and starts the next one. */
  replaceWorker(): Promise<void>;
}

/** Sets a {@link CommandCrew} up for the running test: a workflow file's text, and files of the repository. Its agent `own` takes its turns with Gaffer itself. */
export async function openCommandCrew(
  env: RunEnv,
  text: string,
  files: Readonly<Record<string, string>>,
): Promise<CommandCrew> {
  const folder = newRepository({ 'agent.mjs': program, ...files });
  const home = gatewayHome();
  process.env['GAFFER_TEST_GATEWAY_HOME'] = home.path;
  onTestFinished(() => void delete process.env['GAFFER_TEST_GATEWAY_HOME']);
  let living = await spawnWorker(env.settings);
  onTestFinished(() => living.kill());
  const plan: Plan = { ...yamlPlan(text, { agents: [worker, own] }), workspace: folder };
  return {
    ...{ folder, home, plan, git: gitOf(folder) },
    start: () => env.start(plan, { runId: `crew-${randomUUID().slice(0, 8)}` }),
    async replaceWorker() {
      await living.kill();
      living = await spawnWorker(env.settings);
    },
  };
}
