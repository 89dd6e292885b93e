import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openTrustStore } from '../../../src/config/trust-store.ts';
import { scriptToTrust } from '../../../src/config/trusted-scripts.ts';
import type { WorkerSettings } from '../../../src/workers/settings.ts';
import { toPlan } from '../../../src/workers/to-plan.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'to-plan-'));
cpSync(join(examples, 'workstreams'), root, { recursive: true });
afterAll(() => rmSync(root, { recursive: true }));

const settings = {
  ...{ workspace: root, folders: { within: [root], plansAnywhere: false }, workflowsDirs: [root] },
  agentsDirs: [join(examples, 'task-list/agents')],
  models: { kind: 'scripted', accounts: {} },
} as unknown as WorkerSettings;

describe('what `temporal workflow start` gives', () => {
  it('may be a definition of any format', async () => {
    const definition = { workflowName: 'Mine', tasks: [{ id: 'it', agentName: 'architect', prompt: 'Do it.' }] };
    expect(await toPlan(settings, { definition })).toMatchObject({ name: 'Mine', limits: { maxParallel: 3 } });
    await expect(toPlan(settings, { definition, format: 'native' })).rejects.toThrow(/unknown key "workflowName"/);
  });

  it('may be a script, once the user of the worker trusts it as it is', async () => {
    vi.stubEnv('XDG_CONFIG_HOME', join(root, '.config'));
    const source = "export const meta = { name: 'mine', description: 'd' }\nreturn args";
    const file = join(root, 'mine.js');
    writeFileSync(file, source);
    const input = { workflow: 'mine', inputs: { list: '[1]' } };
    await expect(toPlan(settings, input)).rejects.toThrow(/gaffer trust .*mine\.js/);
    openTrustStore().grant(scriptToTrust({ file, source }));
    const { tasks } = await toPlan(settings, input);
    expect(tasks).toMatchObject([{ id: 'script', script: { source, args: { list: [1] } } }]);
    vi.unstubAllEnvs();
  });

  it('works where a definition says, in whichever word', async () => {
    const definition = { project_dir: 'agents', coordination: {}, agents: [{ id: 'architect' }] };
    const plan = await toPlan(settings, { definition, inputs: { feature: 'x' } });
    expect(plan.workspace).toMatch(/agents$/);
    await expect(toPlan(settings, { definition: { ...definition, project_dir: 'none' } })).rejects.toThrow(/no folder/);
  });

  it("may be a task in words, whose agents are Gaffer's and not those where the worker stands", async () => {
    const described = { task: 'Build a search API', requirements: { endpoint: '/api/search' }, approve_plan: true };
    const plan = await toPlan(settings, { definition: described });
    expect(plan).toMatchObject({
      manager: 'orchestrator',
      tasks: [{ approval: { at: 'after' } }, { id: 'integrate' }],
    });
    expect(plan.delegates).toEqual(expect.arrayContaining(['backend-engineer', 'qa-engineer', 'general']));
    const named = toPlan(settings, { definition: { ...described, agents: ['architect'] } });
    await expect(named).rejects.toThrow(/unknown agent "architect"/);
  });

  it('may name a folder of workstreams, with its pool, its agents and its patterns', async () => {
    const plan = await toPlan(settings, { workflow: 'workstreams' });
    expect(plan).toMatchObject({ name: 'workstreams', pool: [{ id: 'agent-1' }, { id: 'agent-2' }] });
    expect(plan.tasks.map(({ agent }) => agent)).toEqual(['aider', 'aider', 'aider', 'workflow:page.yaml', 'aider']);
  });

  it('may name a template, alone or in a request, behind a file of that name', async () => {
    const withAgents = { ...settings, agentsDirs: [] };
    const plan = await toPlan(withAgents, { workflow: 'code-review', inputs: { reviewDepth: 'quick' } });
    expect(plan).toMatchObject({ name: 'Code Review', inputs: { reviewDepth: 'quick' }, workspace: root });
    const definition = { workflowId: 'code-review', parameters: { changedFiles: ['a.ts'] } };
    expect((await toPlan(withAgents, { definition })).inputs['changedFiles']).toEqual(['a.ts']);
    const own = 'default_profile: coding-worker\ntasks: [{ prompt: x }]\n';
    writeFileSync(join(root, 'code-review.yaml'), own);
    expect((await toPlan(withAgents, { workflow: 'code-review' })).name).toBe('code-review');
    const unknown = toPlan(withAgents, { workflow: 'security-audti' });
    await expect(unknown).rejects.toThrow(/and no template of that name; did you mean "security-audit"\?/);
  });
});
