import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCrewPool } from '../../src/agents/choose-crew.ts';
import { openAgents } from '../../src/agents/open-agents.ts';
import { readAsked } from '../../src/client/control/read-asked.ts';
import { loadDefinition } from '../../src/client/start/load-definition.ts';
import type { PlanSource } from '../../src/definition/formats/open-definition.ts';
import { usualTeam } from '../../src/definition/formats/usual-team.ts';
import type { PlanContext } from '../../src/definition/load-plan.ts';
import { agentDirsFor } from '../../src/definition/agent-dirs.ts';
import { loadPlan } from '../../src/definition/load-plan.ts';
import { findWorkflowIn } from '../../src/definition/nested/find-workflow.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { waitsOf } from '../../src/domain/run/run-state.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { reportLines } from '../../src/client/reading/report-lines.ts';
import { keptFiles } from '../../src/domain/plan/workspace.ts';
import { anyChangedSince } from '../../src/host/changed-since.ts';
import { until } from '../support/base/until.ts';
import { blockWith, keywordsOf, literalOf, mountPlanFiles, requestWith } from '../support/plan/samples.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const parts = [
  { id: 'server', profile: 'backend_developer', prompt: 'Build the server.' },
  { id: 'page', profile: 'frontend_developer', prompt: 'Build the page.', depends_on: ['server'] },
];
const searching = [
  { id: 'api', profile: 'backend-engineer', prompt: 'Build the API.' },
  { id: 'trial', profile: 'qa-engineer', prompt: 'Try it.', depends_on: ['api'] },
];
// The manager splits the work once; everybody else says what the task was.
const split = {
  name: 'split',
  when: (c: ScriptedConversation) => /^(?:Feature|Task):/.test(c.prompt) && c.results.length === 0,
  answer: (c: ScriptedConversation) => {
    const tasks = c.prompt.startsWith('Task:') ? searching : parts;
    return { tools: [{ name: 'plan_tasks', input: { tasks } }] };
  },
};
const choose = {
  name: 'choose',
  when: (c: ScriptedConversation) => c.prompt.startsWith('Which of these'),
  answer: () => ({ text: '{"option":"tea","why":"it is warm"}' }),
};
const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe('files of other formats', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [split, choose, echo] } });
  });
  afterAll(() => env.close());

  /** With the agents that come with Gaffer. */
  function sampleOf(source: PlanSource, more: Partial<PlanContext> = {}): Plan {
    const crewPool = () => openCrewPool({ folders: [], own: [] });
    const { plan } = loadPlan(source, { agents: openAgents([]), crewPool, cwd: env.workspace, ...more });
    return plan;
  }

  function planOf(path: string, inputs: JsonObject = {}, more: Partial<PlanContext> = {}): Plan {
    const file = join(examples, path);
    const agents = openAgents(agentDirsFor(file, examples));
    const findWorkflow = findWorkflowIn({ cwd: examples, agentsFor: () => agents });
    const { plan } = loadPlan({ kind: 'file', file }, { agents, inputs, cwd: examples, findWorkflow, ...more });
    return { ...plan, workspace: '' };
  }

  it('run as they stand in the documents that people have them from', async () => {
    const described = (words: string) => {
      return { kind: 'object', value: keywordsOf('description', words), name: 'task' } as const;
    };
    const text = requestWith('task-list', '"workflowName"');
    const team = { kind: 'object', value: usualTeam, name: 'team' } as const;
    const results = await Promise.all(
      [
        sampleOf({ kind: 'text', text, file: 'request.json' }),
        sampleOf({ kind: 'object', value: literalOf('task-list', 'tasks: AgentTask[]'), name: 'tasks' }),
        sampleOf(
          { kind: 'text', text: blockWith('team', '"coordination"'), file: 'team.json' },
          {
            inputs: { feature: 'Shopping cart checkout flow' },
            workspace: env.workspace,
          },
        ),
        sampleOf(team, { inputs: { feature: 'user authentication' } }),
        sampleOf(described('Create a search API with ES integration')),
        sampleOf(described('Build semantic search feature'), { chosen: ['backend-engineer', 'qa-engineer'] }),
      ].map((plan) => env.run(plan)),
    );
    const ended = results.map(({ status, tasks }) => [status, ...Object.keys(tasks)].join(' '));
    expect(ended).toEqual([
      'succeeded design-api implement-api test-api',
      'succeeded backend-architecture database-schema frontend-architecture',
      ...Array.from({ length: 2 }, () => 'succeeded split integrate server page'),
      ...Array.from({ length: 2 }, () => 'succeeded split integrate api trial'),
    ]);
    expect(results[4]!.tasks['split']!.agent).toBe('orchestrator');
    const said = results[4]!.tasks['integrate']!.output as string;
    expect(said).toMatch(/^did: All tasks have ended\./);
  });

  it('run a list of tasks', async () => {
    const { status, tasks } = await env.run(planOf('task-list/request.json'));
    expect(status).toBe('succeeded');
    const { output } = tasks['document-api']!;
    expect(output).toMatch(/^did: Write a README\.md .*\n\nContext of this task, as data:/);
    expect(output).toContain('"language": "JavaScript without dependencies"');
    expect(output).toContain('"audience": "front-end developers"');
  });

  it('run a folder of workstreams, each track by its own member of the pool, and one as a workflow', async () => {
    const { status, tasks, runId } = await env.run(planOf('workstreams/workstreams'));
    expect(status).toBe('succeeded');
    expect(tasks['ws-03']!.output).toMatch(
      /^did: Write index\.html with a form for a customer\.\nLook at it once more, and say what you did\.\n\n/,
    );
    const story = await env.story(runId);
    const members = story.flatMap((event) => (event.type === 'task:assigned' ? [[event.taskId, event.member]] : []));
    expect(Object.fromEntries(members)).toMatchObject({
      ...{ 'ws-01': 'agent-1', 'ws-02': 'agent-1', 'ws-03': 'agent-2', 'ws-04': 'agent-2' },
    });
    const inner = await env.store.runs.find(`${runId}.ws-04`);
    expect(Object.keys(inner!.result!.tasks)).toEqual(['write', 'check']);
    expect(tasks['ws-04']!.output).toContain('did: Look at what ws-04 wrote');
    const report = reportLines(await (await env.client.find(runId)).view()).join('\n');
    expect(report).toMatch(/- ✅ ws-04 \(agent-2, workflow:page\.yaml · /);
  });

  it('run the workflow that a mount plan starts, with its profiles', async () => {
    const cwd = join(env.workspace, 'mounted');
    for (const [path, text] of Object.entries(mountPlanFiles())) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    const results = await Promise.all(
      [cwd, join(examples, 'mount-plan')].map(async (folder) => {
        const settings = { cwd: folder, workspace: cwd, looksForFolders: true };
        const { plan } = await loadDefinition({ kind: 'file', file: 'session.json' }, settings);
        return env.run(plan);
      }),
    );
    const done = results.map(({ status, tasks }) => {
      return [status, ...Object.values(tasks).map(({ agent, output }) => `${agent} ${String(output).slice(0, 26)}`)];
    });
    expect(done).toEqual([
      [
        ...['succeeded', 'planning-agent did: Create a plan...'],
        ...['worker did: Execute part 1...', 'worker did: Execute part 2...'],
      ],
      [
        'succeeded',
        ...Array.from({ length: 2 }, () => 'reader did: Read the code in your'),
        'editor did: Put two reviews toget',
      ],
    ]);
  });

  it('run a script, each agent that it asks as a task', async () => {
    const plan = planOf('script/compare.js', { options: ['tea', 'coffee'] });
    const { status, outputs, tasks } = await env.run(plan);
    expect(status).toBe('succeeded');
    expect(Object.keys(tasks)).toEqual(['script', 'tea', 'coffee', 'verdict']);
    expect(outputs).toEqual({ result: { compared: 2, option: 'tea', why: 'it is warm' } });
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

  it('run a team whose split a person approves, and who writes to the manager in the file of the team', async () => {
    const planned = planOf('team/orchestrator-config.json', { feature: 'a counter' }, { approvePlan: true });
    const path = '.ai-agents/state/team-communication.json';
    const run = await env.start({ ...planned, communicationFile: path });
    const file = join(env.workspace, path);
    const shown = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await until('the split waits in the file', () => shown().includes('Tasks that it adds:'));
    expect(shown()).toContain('page (frontend_developer), after server');
    writeFileSync(file, shown().replace('"messages": []', '"messages": ["Count backwards."]'));
    const told = async () => (await env.story(run.id)).filter(({ type }) => type === 'message:sent');
    await until('the manager is told', async () => (await told()).length > 0 && shown().includes('"event": '));
    const [asked] = await env.client.waiting(run.id);
    const whole = await readAsked(env.store, run, waitsOf(await run.state())[0]!);
    expect(whole).toContain('page (frontend_developer), after server');
    expect(whole).toContain('server is told:\n  Build the server.');
    await run.approve({ id: asked!.id! });
    const { status } = await run.result();
    expect(status).toBe('succeeded');
    expect(await told()).toMatchObject([{ to: 'manager', from: path }]);
    expect(JSON.stringify(await run.transcript('manager'))).toContain('Count backwards.');
    await until('the file tells the end', () => shown().includes('"status": "succeeded",\n    "reason"'));
    // The last picture is painted behind the end: that changes no file of anybody.
    const { endedAt } = (await env.store.runs.find(run.id))!;
    const kept = keptFiles({ workspace: env.workspace, communicationFile: path });
    expect(await anyChangedSince([env.workspace], Date.parse(endedAt!), kept)).toBeNull();
    expect(JSON.parse(shown())).toMatchObject({ messages: [{ to: 'manager' }], written: { run: run.id } });
  });
});
