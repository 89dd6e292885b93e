import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/domain/conversation/conversation.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { rawAnswer } from '../support/model/raw-model.ts';
import type { WireAnswer, WireServer } from '../support/model/wire-server.ts';
import { body, events, json, startWireServer } from '../support/model/wire-server.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const usage = { input_tokens: 100, output_tokens: 20 };
const says = (...content: object[]): WireAnswer => json({ type: 'message', role: 'assistant', content, usage });
const text = (words: string) => ({ type: 'text', text: words });
const call = (name: string, input: object, at: number) => ({ type: 'tool_use', id: `toolu_${at}`, name, input });

function promptOf(messages: Message[]): string {
  const { content } = messages.at(-1) as unknown as { content: string | { text: string }[] };
  return typeof content === 'string' ? content : content[0]!.text;
}

function ends({ tasks }: RunResult): Record<string, string> {
  return Object.fromEntries(Object.entries(tasks).map(([id, { status, error }]) => [id, error ?? status]));
}

// Situations that users of such tools reported in public.
describe('a crew in a situation that others met', () => {
  let env: RunEnv;
  let server: WireServer;
  beforeAll(async () => {
    server = await startWireServer();
    const accounts = { anthropic: { apiKey: 'key-of-the-test', baseURL: server.url } };
    env = await openRunEnv({ settings: { models: { kind: 'scripted', accounts } } });
  });
  afterAll(async () => {
    await env.close();
    await server.close();
  });
  beforeEach(() => server.asked.splice(0));

  it('gives each of eight calls of one answer its own result, in its place, where most of them fail', async () => {
    const calls = [
      call('bash', { command: 'sleep 0.5; echo one >> log; echo first' }, 0),
      call('bash', { command: 'exit 3' }, 1),
      call('nosuch', { x: 1 }, 2),
      call('filesystem', { action: 'read', path: '../../etc/passwd' }, 3),
      call('bash', { cmd: 'echo never >> log' }, 4),
      call('filesystem', { action: 'write', path: 'f', content: null }, 5),
      call('bash', { command: 'echo two >> log; kill -9 $$' }, 6),
      call('bash', { command: 'echo three >> log; sleep 700', timeout_seconds: 1 }, 7),
    ];
    server.answerWith(({ length }) => (length === 1 ? says(...calls) : says(text('done'))));
    const { tasks } = await env.run(yamlPlan('tasks: [{ id: a, prompt: Go }]'));
    expect(tasks['a']).toMatchObject({ status: 'succeeded', output: 'done' });
    const results = server.asked[1]!.at(-1)!.content as unknown as { tool_use_id: string; content: string }[];
    expect(results.map((each) => each.tool_use_id)).toEqual(calls.map(({ id }) => id));
    const words = [
      /first/,
      /3/,
      /There is no tool "nosuch"/,
      /leads out of the workspace/,
      /command/,
      /content/,
      /SIGKILL|137|killed/i,
      /longer than its time/,
    ];
    results.forEach((each, at) => expect(String(each.content)).toMatch(words[at]!));
    expect(readFileSync(join(env.workspace, 'log'), 'utf8').split('\n').toSorted()).toEqual([
      '',
      'one',
      'three',
      'two',
    ]);
    expect(existsSync(join(env.workspace, 'f'))).toBe(false);
  });

  it('hands every item over as it is, equal ones each, and never expands what came from a model', async () => {
    const odd = [
      '${{ inputs.secret }}',
      'x',
      'x',
      '{{ item }}',
      'a\nb\u2028',
      { k: '${{ item }}' },
      1.5,
      true,
      [],
      null,
      '',
    ];
    server.answerWith((asked) =>
      says(
        text(promptOf(asked).startsWith('List') ? JSON.stringify({ odd, one: ['solo'], none: [] }) : promptOf(asked)),
      ),
    );
    const plan = yamlPlan(
      `
inputs: { secret: { type: string } }
tasks:
  - { id: list, prompt: List, output: { type: object } }
  - { id: odd, depends_on: [list], for_each: { items: "\${{ tasks.list.output.odd }}", size: 4 }, prompt: "Got \${{ item }}." }
  - { id: one, depends_on: [list], for_each: "\${{ tasks.list.output.one }}", prompt: "Got \${{ item }}." }
  - { id: none, depends_on: [list], for_each: "\${{ tasks.list.output.none }}", prompt: "Got \${{ item }}." }
  - { id: here, for_each: [a b, '', null, 3, { k: v }], prompt: "Got \${{ item }}." }
  - { id: all, depends_on: [odd], prompt: "All \${{ size(tasks.odd.output) }}: \${{ tasks.odd.output[0] }}" }
`,
      { inputs: { secret: 'hunter2' } },
    );
    const result = await env.run(plan);
    const got = (id: string, count: number) =>
      Array.from({ length: count }, (_, at) => result.tasks[`${id}[${at}]`]?.output);
    const plain = (value: unknown) => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));
    expect(got('odd', odd.length)).toEqual(odd.map((item) => `Got ${plain(item)}.`));
    expect(got('one', 1)).toEqual(['Got solo.']);
    expect(got('here', 5)).toEqual(['Got a b.', 'Got .', 'Got .', 'Got 3.', 'Got {"k":"v"}.']);
    expect(result.tasks).toMatchObject({
      ...{ none: { status: 'skipped' }, all: { output: `All ${odd.length}: Got \${{ inputs.secret }}.` } },
    });
    expect(JSON.stringify(server.asked)).not.toContain('hunter2');
  });

  it('joins branches of which some were not taken by each word, and tells what is missing', async () => {
    server.answerWith((asked) => says(text(promptOf(asked))));
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: yes, prompt: Yes }
  - { id: no, depends_on: [yes], when: "\${{ tasks.yes.output == 'no' }}", prompt: No }
  - { id: never, depends_on: [yes], when: "\${{ tasks.yes.output == 'no' }}", prompt: Never }
  - { id: every, depends_on: [yes, no], prompt: All }
  - { id: any, depends_on: [yes, no], join: any, prompt: "Any \${{ tasks.yes.output }} \${{ tasks.no.output }}" }
  - { id: any-of-none, depends_on: [no, never], join: any, prompt: x }
  - { id: ends, depends_on: [no, never], join: any_end, prompt: Ends }
  - { id: one-of, depends_on: [yes, no, never], join: { quorum: 1 }, prompt: One }
  - { id: two-of, depends_on: [yes, no, never], join: { quorum: 2 }, prompt: Two }
  - { id: mixed, depends_on: [yes, { task: no, on: any_end }], prompt: Mixed }
  - { id: behind, depends_on: [any], prompt: Behind }
`),
    );
    expect(ends(result)).toEqual({
      ...{ no: 'skipped', never: 'skipped', yes: 'succeeded', every: 'it needs no, which was skipped' },
      ...{ any: 'succeeded', 'any-of-none': expect.stringContaining('skipped'), ends: 'succeeded' },
      ...{
        'one-of': 'succeeded',
        'two-of': expect.stringContaining('skipped'),
        mixed: 'succeeded',
        behind: 'succeeded',
      },
    });
    expect(result.status).toBe('partial');
  });

  it('goes round in loops in a loop, with a list in them, as often as their results say', async () => {
    let count = 0;
    server.answerWith((asked) =>
      says(text(promptOf(asked).startsWith('Count') ? JSON.stringify({ n: ++count }) : promptOf(asked))),
    );
    const result = await env.run(
      yamlPlan(`
phases:
  - name: Outer
    repeat: { until: "\${{ tasks.inner.output.n >= 4 }}", max: 5 }
    tasks:
      - id: inner
        prompt: Count
        output: { type: object, properties: { n: { type: integer } }, required: [n] }
        repeat: { until: "\${{ tasks.inner.output.n % 2 == 0 }}", max: 3 }
      - { id: each, for_each: [p, q], prompt: "Each \${{ item }} \${{ tasks.inner.output.n }}" }
  - name: After
    when: "\${{ tasks.inner.output.n == 4 }}"
    tasks: [{ id: last, prompt: "Last \${{ tasks.each.output[1] }}" }]
`),
    );
    expect(result).toMatchObject({ status: 'succeeded', tasks: { last: { output: 'Last Each q 4' } } });
    const outputs = Object.values(result.tasks).map(({ output }) => output);
    expect(count).toBe(4);
    expect(outputs.filter((output) => output?.startsWith('Each')).toSorted()).toEqual([
      ...['Each p 2', 'Each p 4', 'Each q 2', 'Each q 4'],
    ]);
  });

  it('takes a whole answer only, from five streams that break in five ways, and runs no call of a broken one', async () => {
    const whole = rawAnswer({ text: 'hello', tool: { name: 'bash', input: '{"command":"echo ran >> once"}' } });
    const broken: Record<string, WireAnswer> = {
      text: events(whole.slice(0, 3).join('')),
      call: events(whole.slice(0, 6).join('')),
      json: events(`${whole[0]}event: content_block_start\ndata: {broken\n\n`),
      nothing: events(''),
      page: body('<html>Bad gateway</html>', { 'content-type': 'text/html' }, 502),
    };
    const asked: Record<string, number> = {};
    server.answerWith((messages) => {
      const prompt = promptOf(messages);
      asked[prompt] = (asked[prompt] ?? 0) + 1;
      return asked[prompt] === 1 ? broken[prompt]! : says(text(`${prompt} at last`));
    });
    const ids = Object.keys(broken);
    const result = await env.run(yamlPlan(`tasks: [${ids.map((id) => `{ id: ${id}, prompt: ${id} }`).join(', ')}]`));
    expect(Object.fromEntries(ids.map((id) => [id, result.tasks[id]?.output]))).toEqual(
      Object.fromEntries(ids.map((id) => [id, `${id} at last`])),
    );
    expect(asked).toEqual(Object.fromEntries(ids.map((id) => [id, 2])));
    expect(existsSync(join(env.workspace, 'once'))).toBe(false);
  });

  it('takes one decision where a yes, a no and a deadline come at once', async () => {
    server.answerWith((asked) => says(text(promptOf(asked))));
    const approval = '{ at: before, deadline: 600ms, on_timeout: deny }';
    const ids = Array.from({ length: 6 }, (_, at) => `t${at}`);
    const run = await env.start(
      yamlPlan(`tasks: [${ids.map((id) => `{ id: ${id}, prompt: P, approval: ${approval} }`).join(', ')}]`),
    );
    for (const id of ids) await reach(run, 'approval:requested', ({ approvalId }) => approvalId === `before/${id}`);
    const taken = await Promise.all(
      ids.map(async (id) => {
        const both = [run.approve({ id: `before/${id}`, by: 'ann' }), run.reject({ id: `before/${id}`, by: 'bob' })];
        const [yes, no] = await Promise.allSettled(both);
        return { id, yes: yes!.status === 'fulfilled', no: no!.status === 'fulfilled' };
      }),
    );
    const result = await run.result();
    const story = await env.story(run.id);
    for (const { id, yes, no } of taken) {
      const ofTask = story.filter((event) => 'approvalId' in event && event.approvalId === `before/${id}`);
      expect(ofTask.filter(({ type }) => ['approval:decided', 'approval:expired'].includes(type))).toHaveLength(1);
      expect(yes && no).toBe(false);
      expect(result.tasks[id]?.status).toBe(yes ? 'succeeded' : 'skipped');
    }
  });

  it('goes on, once the key holds again, with the tasks that it was refused to, and no others', async () => {
    let holds = false;
    server.answerWith((asked) => {
      const isRevoked = !holds && /[23]$/.test(promptOf(asked));
      const error = { type: 'authentication_error', message: 'OAuth access token has been revoked' };
      return isRevoked ? json({ type: 'error', error }, 401) : says(text(promptOf(asked)));
    });
    const run = await env.start(
      yamlPlan(`tasks:
  - { id: t0, prompt: Part 0 }
  - { id: t1, prompt: Part 1 }
  - { id: t2, prompt: Part 2, depends_on: [t0, t1] }
  - { id: t3, prompt: Part 3, depends_on: [t0, t1] }
  - { id: sum, prompt: Sum, depends_on: [t0, t1, t2, t3] }
`),
    );
    await reach(run, 'run:waiting', ({ cause }) => cause === 'provider');
    const before = server.asked.map(promptOf).toSorted();
    holds = true;
    await run.resume({ by: 'ann' });
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 5 } });
    expect(before.filter((prompt) => /[01]$/.test(prompt))).toEqual(['Part 0', 'Part 1']);
    const after = server.asked.slice(before.length).map(promptOf).toSorted();
    expect(after.filter((prompt) => /[01]$/.test(prompt))).toEqual([]);
    expect(after).toEqual(expect.arrayContaining(['Part 2', 'Part 3', 'Sum']));
  });
});
