import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { totalTokens } from '../../src/domain/money/usage.ts';
import type { Plan, ToolRule } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { startGateway } from '../../src/gateway/start-gateway.ts';
import { claudeRunner } from '../../src/runners/claude/claude.ts';
import { steps } from '../../src/testing/index.ts';
import { folderOf } from '../support/agents/install-agents.ts';
import { allOf, installed, setStage, withAgents } from '../support/agents/stage.ts';
import { descendantsOf } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { agent, plan } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

/** What runs below this process. */
const commands = (): string[] =>
  descendantsOf(process.pid)
    .map(({ command }) => command)
    .toSorted();
const bash = (command: string, id: string) => ({ name: 'Bash', input: { command, description: 'Works' }, id });

describe('claude in a run', () => {
  const top = mkdtempSync(path.join(tmpdir(), 'gw-'));
  const pathBefore = process.env['PATH'];
  let env: RunEnv;
  let gateway: Gateway;
  beforeAll(async () => {
    process.env['PATH'] = [folderOf('claude'), pathBefore].join(':');
    const socket = path.join(top, 'g', 's');
    env = await openRunEnv({ settings: { gateway: { socket, ready: async () => undefined } } });
    const { databaseUrl, models } = env.settings;
    gateway = await startGateway({ databaseUrl, accounts: models.accounts, socket, id: 'test', say: () => undefined });
  });
  afterAll(async () => {
    process.env['PATH'] = pathBefore;
    await gateway.close(0);
    await env.close();
    rmSync(top, { recursive: true, force: true });
  });

  const planOf = (more: Partial<Plan> = {}): Plan =>
    plan({
      workspace: env.workspace,
      agents: { worker: agent({ runner: { kind: 'claude' }, isolate: 'shared', tools: ['bash', 'filesystem'] }) },
      ...more,
    });
  const asks = (match: string): ToolRule => ({
    ...{ tool: 'bash', match, agents: [], action: 'ask' },
    approval: { ...planDefaults.approval, by: [] },
  });

  withAgents(['claude'], 'does a task, and the ledger has what it cost', async () => {
    env.model.setScript({
      rules: [
        steps('work', () => true, [
          { text: 'I begin.', tools: [bash('echo made > a.txt; cat a.txt', 'toolu_1')] },
          { text: 'FINISHED' },
        ]),
      ],
    });
    const result = await env.run(planOf());
    expect(result.tasks['one']).toMatchObject({ status: 'succeeded', output: 'FINISHED' });
    expect(readFileSync(path.join(env.workspace, 'a.txt'), 'utf8')).toBe('made\n');
    const told = env.model.requests.reduce((sum, { usage }) => sum + totalTokens(usage!), 0);
    expect(result.summary.totalTokens).toBe(told);
  });

  withAgents(['claude'], 'waits for a person without a process, and loses none of two calls of a turn', async () => {
    const saw = (text: string) => (c: { messages: unknown }) => JSON.stringify(c.messages).includes(text);
    const answer = (tools: ReturnType<typeof bash>[]) => () => ({ tools });
    env.model.setScript({
      rules: [
        { name: 'ends', when: saw('PUSHED-TAGS'), answer: () => ({ text: 'Both are pushed.' }) },
        { name: 'again', when: saw('Another call waits'), answer: answer([bash('git push --tags', 'toolu_9')]) },
        {
          name: 'two at once',
          when: () => true,
          answer: answer([bash('git push origin main', 'toolu_7'), bash('git push --tags', 'toolu_8')]),
        },
      ],
    });
    const before = commands();
    const run = await env.start(planOf({ policy: [asks('git push*')] }));
    const asked = async () => (await env.story(run.id)).filter((event) => event.type === 'approval:requested');
    await until('the first is asked for', async () => (await asked()).length === 1, 60_000);
    const [first] = await asked();
    expect(first).toMatchObject({ detail: 'git push origin main' });
    expect(commands()).toEqual(before);
    await run.approve({ id: first!.approvalId, by: 'ann', edit: { command: 'echo PUSHED-MAIN' } });
    await until('the other is asked for again', async () => (await asked()).length === 2, 60_000);
    const second = (await asked())[1]!;
    expect(second).toMatchObject({ detail: 'git push --tags' });
    await run.approve({ id: second.approvalId, by: 'ben', edit: { command: 'echo PUSHED-TAGS' } });
    const result = await run.result();
    expect(result.tasks['one']).toMatchObject({ status: 'succeeded', output: 'Both are pushed.' });
    const results = (await env.story(run.id)).flatMap((event) => (event.type === 'tool:result' ? [event.preview] : []));
    expect(results).toEqual(expect.arrayContaining(['PUSHED-MAIN', 'PUSHED-TAGS']));
  });
});

/** A server of one tool, which writes down what it is given. */
const notes = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize')
    answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } });
  else if (method === 'tools/list')
    answer(id, { tools: [{ name: 'add', description: 'Adds a note', inputSchema: { type: 'object', properties: { text: { type: 'string' } } } }] });
  else if (method === 'tools/call') {
    appendFileSync(process.env.NOTES, params.arguments.text);
    answer(id, { content: [{ type: 'text', text: 'noted' }] });
  } else if (id !== undefined) answer(id, {});
}
`;

describe('a server of tools of the plan', () => {
  withAgents(['claude'], 'is started in the sandbox, and its tools are called: claude', async () => {
    const call = { name: 'mcp__notes__add', input: { text: 'kept' }, id: 'toolu_1' };
    const { model, folder, input } = await setStage({
      rules: [steps('work', () => true, [{ tools: [call] }, { text: 'FINISHED' }])],
    });
    writeFileSync(path.join(folder, 'notes.mjs'), notes);
    const server = {
      ...{ name: 'notes', command: process.execPath, args: [path.join(folder, 'notes.mjs')] },
      env: { NOTES: path.join(folder, 'kept.txt') },
    };
    const wanted = { mcp: [server], addedReads: [path.dirname(process.execPath)] };
    const events = await allOf(await claudeRunner.start(installed('claude'), input(wanted)));
    expect(events.map(({ type }) => type)).toEqual(['tool-call', 'tool-result', 'text', 'end']);
    expect(events[0]).toMatchObject({ own: { tool: 'notes.add', input: { text: 'kept' } } });
    expect(events[1]).toMatchObject({ ok: true, text: 'noted' });
    expect(readFileSync(path.join(folder, 'kept.txt'), 'utf8')).toBe('kept');
    expect(model.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
  });
});
