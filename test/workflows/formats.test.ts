import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAgents } from '../../src/agents/registry.ts';
import { agentDirsFor, loadPlan } from '../../src/definition/load-plan.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const parts = [
  { id: 'server', profile: 'backend_developer', prompt: 'Build the server.' },
  { id: 'page', profile: 'frontend_developer', prompt: 'Build the page.', depends_on: ['server'] },
];
// The manager splits the feature once; everybody else says what the task was.
const split = {
  name: 'split',
  when: (c: ScriptedConversation) => c.prompt.startsWith('Feature:') && c.results.length === 0,
  answer: () => ({ tools: [{ name: 'plan_tasks', input: { tasks: parts } }] }),
};
const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe('files of other formats', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [split, echo] } });
  });
  afterAll(() => env.close());

  function planOf(path: string, inputs: JsonObject = {}): Plan {
    const file = join(examples, path);
    const agents = loadAgents(agentDirsFor(file, examples));
    const { plan } = loadPlan({ kind: 'file', file }, { agents, inputs, cwd: examples });
    return { ...plan, workspace: '' };
  }

  it('run a list of tasks', async () => {
    const { status, tasks } = await env.run(planOf('task-list/request.json'));
    expect(status).toBe('succeeded');
    const { output } = tasks['document-api']!;
    expect(output).toMatch(/^did: Write a README\.md .*\n\nContext of this task, as data:/);
    expect(output).toContain('"language": "JavaScript without dependencies"');
    expect(output).toContain('"audience": "front-end developers"');
  });

  it('run a folder of workstreams, each track by its own member of the pool', async () => {
    const { status, tasks, runId } = await env.run(planOf('workstreams/workstreams'));
    expect(status).toBe('succeeded');
    expect(tasks['ws-03']!.output).toMatch(
      /^did: Write index\.html with a form for a customer\.\nLook at it once more, and say what you did\.\n\n/,
    );
    const story = await env.story(runId);
    const members = story.flatMap((event) => (event.type === 'task:assigned' ? [[event.taskId, event.member]] : []));
    expect(Object.fromEntries(members)).toMatchObject({ 'ws-01': 'agent-1', 'ws-02': 'agent-1', 'ws-03': 'agent-2' });
  });

  it('run a team and a feature: split, built by the members, and integrated at the end', async () => {
    const { status, tasks, runId } = await env.run(planOf('team/orchestrator-config.json', { feature: 'a counter' }));
    expect(status).toBe('succeeded');
    const agents = Object.fromEntries(Object.entries(tasks).map(([id, { agent }]) => [id, agent]));
    expect(agents).toEqual({
      ...{ split: 'team_manager', server: 'backend_developer', page: 'frontend_developer', integrate: 'team_manager' },
    });
    const story = await env.story(runId);
    const starts = story.flatMap((event) => (event.type === 'task:start' ? [event.taskId] : []));
    expect(starts).toEqual(['split', 'server', 'page', 'integrate']);
  });
});
