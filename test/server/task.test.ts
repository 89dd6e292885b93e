import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskDetail } from '../../src/client/inspect/task-detail.ts';
import type { TaskEvents } from '../../src/client/inspect/task-events.ts';
import type { TaskFiles } from '../../src/client/inspect/task-files.ts';
import type { TaskTranscript, ToolStory } from '../../src/client/inspect/task-transcript.ts';
import { steps } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const agents = {
  'agents/writer.md': '---\nname: writer\nmodel: claude-haiku-4-5\ntools: [filesystem, bash]\n---\nYou write.\n',
};
const long = 'long '.repeat(10_000);
const definition = {
  name: 'inspected',
  default_profile: 'writer',
  policy: [
    { tool: 'bash', match: 'bash rm*', action: 'deny' },
    { tool: 'bash', match: 'bash date*', action: 'ask', by: ['owner'] },
  ],
  phases: [
    { name: 'Make', tasks: [{ id: 'first', prompt: 'Make a.txt.' }] },
    { name: 'More', tasks: [{ id: 'second', prompt: 'Make b.txt.' }] },
    {
      name: 'Rest',
      tasks: [
        { id: 'each', prompt: 'Item ${{ item }}.', for_each: '${{ ["x", "y"] }}', depends_on: ['first'] },
        { id: 'fails', prompt: 'Fail.', retry: { max_attempts: 2 }, depends_on: ['each'] },
        { id: 'never', prompt: 'Never.', depends_on: ['fails'] },
      ],
    },
  ],
};
const rules = [
  steps('first', (c) => c.prompt.startsWith('Make a.txt'), [
    {
      thinking: 'I write.',
      text: 'I write it.',
      tools: [
        { name: 'filesystem', input: { action: 'write', path: 'a.txt', content: 'one\ntwo\n' } },
        { name: 'bash', input: { command: 'rm -rf /' } },
        { name: 'bash', input: { command: 'date +%Y' } },
      ],
    },
    { tools: [{ name: 'bash', input: { command: 'echo hi; exit 3' } }] },
    {
      tools: [
        { name: 'filesystem', input: { action: 'edit', path: 'a.txt', old_string: 'two', new_string: '<b>2</b>' } },
      ],
    },
    { text: long },
  ]),
  steps('second', (c) => c.prompt.startsWith('Make b.txt'), [
    { tools: [{ name: 'filesystem', input: { action: 'write', path: 'b.txt', content: 'three\n' } }] },
    { text: 'Done.' },
  ]),
  {
    name: 'fails',
    when: (c: { prompt: string }) => c.prompt === 'Fail.',
    answer: () => ({ fault: { kind: 'refusal' } }) as const,
  },
  { name: 'rest', when: () => true, answer: (c: { prompt: string }) => ({ text: `did ${c.prompt}` }) },
];

describe('a task of a run, looked into', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules } });
    writeProject(env.workspace, agents);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: env.workspace });
    git('init', '--quiet');
    writeFileSync(join(env.workspace, '.gitattributes'), '* diff=x filter=x\n');
    git('add', '-A');
    git('-c', 'user.name=a', '-c', 'user.email=a@localhost', 'commit', '--quiet', '-m', 'first');
    // What somebody else has there, and has committed nowhere.
    writeFileSync(join(env.workspace, 'private.txt'), 'nobody else reads this\n');
    await env.ask('/api/runs', { method: 'POST', body: JSON.stringify({ id: 'inspect-one', definition }) });
    await until(async () => (await read<{ waiting: unknown[] }>('/waiting')).waiting.length > 0);
  });
  afterAll(() => env.close());

  const read = async <Answer>(path: string): Promise<Answer> => {
    const response = await env.ask(`/api/runs/inspect-one${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.json()) as Answer;
  };
  const taskOf = (id: string) => `/tasks/${encodeURIComponent(id)}`;

  it('says why it waits and how it goes on, what it cost, and what became of each call', async () => {
    const waits = await read<TaskDetail>(taskOf('first'));
    expect(waits.why).toMatchObject({
      status: 'waiting',
      ways: [{ about: 'approval', command: 'gaffer approve inspect-one --as owner' }],
    });
    expect(waits.why.cause).toMatch(/^first waits for an approval: bash date \+%Y \(by owner\)\.$/);
    expect((await read<TaskDetail>(taskOf('never'))).why.cause).toBe('It begins when the phase "More" has ended.');
    expect((await read<TaskDetail>(taskOf('each'))).needs).toEqual([{ id: 'first', status: 'waiting' }]);
    const open = await read<TaskTranscript>(`${taskOf('first')}/transcript`);
    expect(callsOf(open).map(({ verdict }) => verdict.kind)).toEqual(['allowed', 'denied', 'asked']);

    const decision = { decision: 'approve', role: 'owner', comment: 'Fine.' };
    await env.ask('/api/runs/inspect-one/approvals/-', { method: 'POST', body: JSON.stringify(decision) });
    await until(async () => (await env.ask('/api/runs/inspect-one/result?timeoutMs=20000')).status === 200);

    const told = await read<TaskTranscript>(`${taskOf('first')}/transcript`);
    expect(told).toMatchObject({ attempt: 1, attempts: 1, before: 0, next: null, system: { agent: 'writer' } });
    expect(told.system!.text).toMatch(/^You write\./);
    expect(told.messages[0]).toMatchObject({ role: 'user', turn: 1, said: [{ type: 'text' }] });
    const [answer] = told.messages.filter(({ role }) => role === 'assistant');
    expect(answer).toMatchObject({
      model: 'claude-haiku-4-5',
      stop: 'tools',
      said: [{ type: 'thinking' }, { type: 'text' }, {}, {}, {}],
    });
    expect(answer!.costUsd).toBeGreaterThan(0);
    const [write, denied, asked, failing, edit] = callsOf(told);
    expect(write).toMatchObject({
      verdict: { kind: 'allowed' },
      result: { text: 'Created a.txt (8 bytes).', isError: false },
    });
    expect(denied).toMatchObject({ verdict: { kind: 'denied' }, result: { isError: true } });
    expect(asked!.verdict).toMatchObject({
      kind: 'approved',
      approval: { decisions: [{ by: 'tester', comment: 'Fine.' }] },
    });
    expect(failing).toMatchObject({ ran: 'unknown', result: { isError: true } });
    expect(failing!.result!.text).toMatch(/^exit code 3/);
    expect(edit!.durationMs ?? 0).toBeGreaterThanOrEqual(0);

    const done = await read<TaskDetail>(taskOf('first'));
    expect(done.attempts).toMatchObject([
      {
        number: 1,
        status: 'succeeded',
        turns: 4,
        tools: { calls: 5, failed: 1, refused: 1 },
        approvals: [{ decisions: [{ by: 'tester' }] }],
      },
    ]);
    const usages = told.messages.flatMap(({ usage }) => usage ?? []);
    expect(done.paid.usage.inputTokens).toBe(usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0));
    expect(done.paid.costUsd).toBeCloseTo(done.attempts[0]!.paid.costUsd, 9);
  });

  it('shortens what is long, and gives the whole of it as a file', async () => {
    const told = await read<TaskTranscript>(`${taskOf('first')}/transcript`);
    const last = told.messages.at(-1)!;
    expect(last.said).toMatchObject([{ type: 'text', length: long.length }]);
    const path = `/api/runs/inspect-one${taskOf('first')}/parts/${last.id}?part=0`;
    const whole = await env.ask(path);
    expect(whole.headers.get('Content-Disposition')).toMatch(/^attachment/);
    expect(whole.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(whole.headers.get('Content-Type')).toMatch(/^text\/plain/);
    expect((await whole.text()).trim()).toBe(long.trim());
    const call = told.messages[1]!;
    const { part } = callsOf(told)[0]!;
    const result = await env.ask(`/api/runs/inspect-one${taskOf('first')}/parts/${call.id}?part=${part}&result=true`);
    expect(await result.text()).toBe('Created a.txt (8 bytes).');
    const pages: string[] = [];
    for (let next: number | null = 0; next !== null;) {
      const page: TaskTranscript = await read(`${taskOf('first')}/transcript?limit=3&after=${next}`);
      pages.push(...page.messages.map(({ id }) => id));
      next = page.next;
    }
    expect(pages).toEqual(told.messages.map(({ id }) => id));
  });

  it('tells attempts apart, members by their own ids, and why a task failed or was left out', async () => {
    const failed = await read<TaskDetail>(taskOf('fails'));
    const story = await read<TaskEvents>(`${taskOf('fails')}/events?limit=3`);
    expect(story.events).toHaveLength(3);
    expect(story.total).toBeGreaterThan(3);
    expect(story.events.at(-1)).toMatchObject({ taskId: 'fails' });
    expect(failed.attempts).toMatchObject([
      { number: 1, status: 'failed', willRetry: true },
      { number: 2, status: 'failed', willRetry: false },
    ]);
    expect(failed.why).toMatchObject({ status: 'failed', ways: [{ command: 'gaffer retry inspect-one fails' }, {}] });
    expect(failed.why.cause).toMatch(/^It failed after 2 attempts: ./);
    const one = await read<TaskTranscript>(`${taskOf('fails')}/transcript?attempt=1`);
    const two = await read<TaskTranscript>(`${taskOf('fails')}/transcript`);
    expect([one.attempt, two.attempt]).toEqual([1, 2]);
    expect(one.messages[0]!.id).not.toBe(two.messages[0]!.id);
    expect((await read<TaskDetail>(taskOf('never'))).why.cause).toMatch(/^It was left out: .*fails/);
    const member = await read<TaskDetail>(taskOf('each[1]'));
    expect(member).toMatchObject({
      item: 'y',
      task: 'each',
      prompt: { text: 'Item y.' },
      output: { text: 'did Item y.' },
    });
    expect(await read(taskOf('each'))).toMatchObject({ members: { width: 2, counts: { succeeded: 2 }, failed: [] } });
    for (const path of [
      taskOf('nobody'),
      `${taskOf('nobody')}/transcript`,
      `${taskOf('nobody')}/events`,
      `${taskOf('fails')}/transcript?attempt=99`,
      `${taskOf('first')}/parts/no`,
      taskOf('../../x'),
    ])
      expect([path, (await env.ask(`/api/runs/inspect-one${path}`)).status]).toEqual([path, 404]);
  });

  it('says which files it wrote, and compares its checkpoints without running what the repository names', async () => {
    const trap = join(env.workspace, 'trapped');
    const program = `"touch ${trap}; false"`;
    appendFileSync(
      join(env.workspace, '.git/config'),
      `[diff]\nexternal = ${program}\n[diff "x"]\ncommand = ${program}\ntextconv = ${program}\n[filter "x"]\nclean = ${program}\nsmudge = ${program}\n[core]\nfsmonitor = ${program}\n`,
    );
    const files = await read<TaskFiles>(`${taskOf('first')}/files`);
    expect(files).toMatchObject({
      commands: 3,
      writes: [
        { path: 'a.txt', action: 'write', succeeded: true, patch: '+one\n+two' },
        { path: 'a.txt', action: 'edit', succeeded: true, patch: '-two\n+<b>2</b>' },
      ],
    });
    // Before it there was no snapshot to compare with: what lay there is not its work.
    expect(files).toMatchObject({ diff: null, whyNone: expect.stringContaining('before it began') as string });
    const second = await read<TaskFiles>(`${taskOf('second')}/files`);
    expect(second.diff ?? second.whyNone).toMatchObject({ files: [{ path: 'b.txt', added: 1, removed: 0 }] });
    expect(second.diff!.patch).toContain('+three');
    expect(JSON.stringify([files, second])).not.toMatch(/private|nobody else/);
    expect(existsSync(trap)).toBe(false);
    expect(await read(`${taskOf('never')}/files`)).toMatchObject({ diff: null, whyNone: expect.any(String) as string });
  });
});

function callsOf({ messages }: TaskTranscript): ToolStory[] {
  return messages.flatMap(({ said }) => said.flatMap((each) => (each.type === 'tool' ? [each] : [])));
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50));
}
