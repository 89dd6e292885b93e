import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prompts } from '../../../examples/foreman-worker/manual-prompts.ts';
import { loadAgents } from '../../../src/agents/registry.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { createBashTool } from '../../../src/tools/shell/bash.ts';
import { createFilesystemTool } from '../../../src/tools/files/filesystem.ts';
import { issueInput } from '../../../src/tools/crew/issue-input.ts';
import type { WireMessage } from '../../../src/testing/wire-request.ts';
import { toolCall } from '../../support/tools/tool-call.ts';
import { answerOf, play } from './play.ts';
import type { RunTool, ToolReply } from './play.ts';

const example = fileURLToPath(new URL('../../../examples/foreman-worker/', import.meta.url));
const pageUrl = 'http://127.0.0.1:4100/pages/reset-links';
const agents = loadAgents([join(example, 'agents')]);
const source = { kind: 'file', file: join(example, 'workflow.yaml') } as const;
const { plan, warnings } = loadPlan(source, { agents, cwd: example, inputs: { page: pageUrl } });
const unknown: ToolReply = { content: 'Outcome unknown: this tool was interrupted before it reported.', isError: true };

const filesystem = createFilesystemTool();
const bash = createBashTool({ sandbox: 'unsandboxed' });
let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'gaffer-example-'));
  cpSync(join(example, 'project'), workspace, { recursive: true });
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

function taskOf(id: string) {
  const task = plan.tasks.find((each) => each.id === id)!;
  return { agent: plan.agents[task.agent]!, prompt: task.prompt };
}

/** Real tools on the copy of the project; the board answers with `replies`, one list after the other per action. */
function toolsWith(replies: Record<string, JsonObject[]>): { run: RunTool; calls: JsonObject[] } {
  const calls: JsonObject[] = [];
  const run: RunTool = (name, input) => {
    calls.push({ tool: name, ...input });
    if (name === 'filesystem') return filesystem.run(input, toolCall({ workspace }), new AbortController().signal);
    if (name === 'bash') return bash.run(input, toolCall({ workspace }), new AbortController().signal);
    const left = replies[typeof input['action'] === 'string' ? input['action'] : name];
    if (!left?.length) throw new Error(`the test has no reply to ${name} ${JSON.stringify(input)}`);
    const { error, ...reply } = left.length > 1 ? left.shift()! : left[0]!;
    return typeof error === 'string' ? { content: error, isError: true } : { content: JSON.stringify(reply) };
  };
  return { run, calls };
}

/** What the agent said in the first call with that action. */
function textOf(calls: JsonObject[], action: string, field: string): string {
  const value = calls.find((call) => call['action'] === action)?.[field];
  return typeof value === 'string' ? value : '';
}

const login = { id: '#1', title: 'Sign in', priority: 1 };
const loginText = 'test/login.test.js fails.';
const mine = { status: 'claimed', assignee: 'coding_worker_1' };
const reset = { id: '#4', title: 'Password reset', priority: 1, description: 'test/password-reset.test.js fails.' };
const nothing = { issues: [] };

test('the workflow is valid: five phases, eight tasks, three agents, four contexts', () => {
  expect([...agents.diagnostics, ...warnings]).toEqual([]);
  expect(plan.phases.map(({ name }) => name)).toEqual([
    'Issue Creation',
    'Issue Processing',
    'Issue Monitoring',
    'Process Unblocked',
    'Summary',
  ]);
  expect(plan.tasks).toHaveLength(8);
  expect(new Set(plan.tasks.map(({ agent }) => agent))).toEqual(
    new Set(['foreman', 'coding-worker', 'research-worker']),
  );
  expect(new Set(plan.tasks.map(({ context }) => context)).size).toBe(4);
});

test.each(plan.tasks.map(({ id }) => id))('%s is answered with tools that its agent has', (id) => {
  const { agent, prompt } = taskOf(id);
  const answer = answerOf(agent, [{ role: 'user', content: [{ type: 'text', text: prompt }] }]);
  expect(answer?.tools?.length).toBeGreaterThan(0);
  for (const { name, input } of answer!.tools!) {
    expect(agent.tools).toContain(name);
    if (name === 'issue') expect(issueInput.parse(input).ok).toBe(true);
  }
});

test.each(['Write a poem.', 'Say what this does: Fill the board of issues', ''])(
  'the prompt %j is not answered',
  (text) => {
    const { agent } = taskOf('issue-creation.foreman');
    expect(answerOf(agent, [{ role: 'user', content: [{ type: 'text', text }] }])).toBeUndefined();
  },
);

test.each([
  prompts.create(pageUrl),
  prompts.code('coding_worker_1', 'coding_worker_2'),
  prompts.research('research_worker_1', pageUrl),
  prompts.monitor,
  prompts.finish('coding_worker_2'),
  prompts.sumUp,
])('the hand-written crew is answered too: %s', (text) => {
  const { agent } = taskOf('issue-creation.foreman');
  expect(answerOf(agent, [{ role: 'user', content: [{ type: 'text', text }] }])?.tools?.length).toBeGreaterThan(0);
});

test('three tests of the sample project fail at first', async () => {
  const { content, isError } = await bash.run(
    { command: 'node --test' },
    toolCall({ workspace }),
    new AbortController().signal,
  );
  expect(isError).toBe(true);
  expect(content).toMatch(/\bpass 7\b/);
  expect(content).toMatch(/\bfail 3\b/);
});

test('the foreman creates what is missing on the board, and lets the reset wait for the sign-in', async () => {
  const { agent, prompt } = taskOf('issue-creation.foreman');
  const created = [
    { issue: { id: '#8', title: 'Sign in: capital letters in the address turn customers away' } },
    { issue: { id: '#9', title: 'Order report: one query for every order' } },
    { issue: { id: '#10', title: 'Password reset: links work for ever' } },
  ];
  const there = { id: '#7', title: 'Research: what makes a password reset link safe', status: 'open' };
  const { run, calls } = toolsWith({ list: [{ issues: [there] }], create: created });
  await play(agent, [], prompt, run);
  const creations = calls.filter(({ action }) => action === 'create');
  expect(creations.map((each) => each['depends_on'])).toEqual([undefined, undefined, ['#8']]);
  for (const { tool: _, ...input } of creations) expect(issueInput.parse(input).ok).toBe(true);
});

test('a worker who was too slow takes another issue, fixes it, proves it and closes it', async () => {
  const { agent, prompt } = taskOf('issue-processing.coding_worker_1');
  const report = { id: '#2', title: 'Order report', status: 'open', description: 'test/order-report.test.js fails.' };
  const { run, calls } = toolsWith({
    list: [{ issues: [{ ...login, status: 'open' }, report] }, { issues: [report] }, nothing],
    claim: [{ error: 'issue #1 is claimed by coding_worker_2: claim another one' }, { issue: report }],
    show: [{ issue: login }, { issue: report }],
    close: [{ issue: report }],
  });
  expect(await play(agent, [], prompt, run)).toContain('#2');
  expect(calls.filter(({ tool }) => tool === 'bash')).toEqual([
    { tool: 'bash', command: 'node --test test/order-report.test.js' },
  ]);
  expect(calls.find(({ action }) => action === 'close')).toMatchObject({ id: '#2' });
});

test('a worker leaves research, what waits and what others hold alone', async () => {
  const { agent, prompt } = taskOf('issue-processing.coding_worker_1');
  const issues = [
    { id: '#3', title: 'Research: what makes a password reset link safe', status: 'open' },
    { ...reset, status: 'open', waits_for: ['#1'] },
    { ...login, status: 'claimed', assignee: 'coding_worker_2' },
  ];
  const { run, calls } = toolsWith({ list: [{ issues }] });
  await play(agent, [], prompt, run);
  expect(calls).toHaveLength(1);
});

test('a change whose outcome is unknown is looked at, and not made twice', async () => {
  const { agent, prompt } = taskOf('issue-processing.coding_worker_1');
  const { run, calls } = toolsWith({
    list: [{ issues: [{ ...login, ...mine }] }, nothing],
    show: [{ issue: { ...login, description: loginText } }],
    close: [{ issue: login }],
  });
  let interrupted = 0;
  await play(agent, [], prompt, async (name, input) => {
    const reply = await run(name, input);
    const isOnce = input['action'] === 'edit' || (name === 'bash' && interrupted < 2);
    return isOnce ? (interrupted++, unknown) : reply;
  });
  const sequence = calls.map(({ tool, action, path }) => (path === 'src/accounts.js' ? action : tool));
  expect(sequence).toEqual([
    'issue',
    'issue',
    'filesystem',
    'read',
    'filesystem',
    'edit',
    'read',
    'bash',
    'bash',
    'issue',
    'issue',
  ]);
});

test('a test that goes on failing blocks the issue instead of going round in circles', async () => {
  const { agent, prompt } = taskOf('issue-processing.coding_worker_1');
  const { run, calls } = toolsWith({
    list: [{ issues: [{ ...login, ...mine }] }, nothing],
    show: [{ issue: { ...login, description: loginText } }],
    block: [{ issue: login }],
  });
  await play(agent, [], prompt, (name, input) =>
    name === 'bash' ? { content: 'exit code 1\nstdout:\n# fail 1', isError: true } : run(name, input),
  );
  expect(textOf(calls, 'block', 'reason')).toContain('fail 1');
});

test('the missing lifetime is asked for, answered from the foreman’s profile, and built in', async () => {
  const worker = taskOf('issue-processing.coding_worker_1');
  const messages: WireMessage[] = [];
  const asking = toolsWith({
    list: [{ issues: [{ ...reset, ...mine }] }, { issues: [{ ...reset, ...mine, status: 'blocked' }] }],
    show: [{ issue: reset }],
    block: [{ issue: reset }],
  });
  expect(await play(worker.agent, messages, worker.prompt, asking.run)).toContain('#4 waits for an answer');
  const question = textOf(asking.calls, 'block', 'reason');

  const foreman = taskOf('issue-monitoring.foreman');
  const answering = toolsWith({
    list: [{ issues: [{ ...reset, status: 'blocked' }] }],
    show: [{ issue: { ...reset, block_reason: question } }],
    unblock: [{ issue: reset }],
  });
  await play(foreman.agent, [], foreman.prompt, answering.run);
  const answer = textOf(answering.calls, 'unblock', 'answer');
  expect(answer).toContain('30 minutes');

  const finishing = toolsWith({
    list: [{ issues: [{ ...reset, ...mine }] }, nothing],
    show: [{ issue: { ...reset, answer } }],
    close: [{ issue: reset }],
  });
  const more = taskOf('process-unblocked.coding_worker_1');
  // Two other issues are still unfixed here, so that only this one's test can pass.
  const only = (input: JsonObject) => ({ ...input, command: 'node --test test/password-reset.test.js' });
  await play(more.agent, messages, more.prompt, (name, input) =>
    finishing.run(name, name === 'bash' ? only(input) : input),
  );
  expect(readFileSync(join(workspace, 'src/settings.js'), 'utf8')).toContain('resetLinkMinutes: 30');
  expect(finishing.calls.at(-2)).toMatchObject({ action: 'close', id: '#4' });
});

test('the research worker writes down what the page lists', async () => {
  const { agent, prompt } = taskOf('issue-processing.research_worker_1');
  const issue = { id: '#3', title: 'Research: what makes a password reset link safe' };
  const { run } = toolsWith({
    list: [{ issues: [{ ...issue, status: 'open' }] }, nothing],
    claim: [{ issue }],
    show: [{ issue }],
    close: [{ issue }],
  });
  const urls: unknown[] = [];
  await play(agent, [], prompt, (name, input) => {
    if (name !== 'web') return run(name, input);
    urls.push(input['url']);
    return { content: 'Safe links\n\n * End it after 15 to 60 minutes.\n * Keep only\n   a hash.\n' };
  });
  expect(urls).toEqual([pageUrl]);
  const notes = readFileSync(join(workspace, 'docs/research.md'), 'utf8');
  expect(notes).toContain(`Source: ${pageUrl}`);
  expect(notes).toContain('- End it after 15 to 60 minutes.\n- Keep only a hash.\n');
});
