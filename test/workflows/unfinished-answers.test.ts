import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedAnswer, ScriptedConversation, Step } from '../../src/testing/index.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const cut = (text: string): ScriptedAnswer => ({ text, stopReason: 'max_tokens' });
const nothing: ScriptedAnswer = { text: '' };
const cutWrite: ScriptedAnswer = {
  text: 'I write it.',
  tools: [{ name: 'filesystem', input: { action: 'write', path: 'big.txt', content: 'lorem ipsum' } }],
  fault: { kind: 'truncated-tool-json' },
};

// The scripted model refuses what the real API refuses of a conversation.
describe('an answer that does not come to its end', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  /** The n-th request gets the n-th answer; each may look at what came back. */
  async function run(steps: Step[], of: Partial<Plan> = {}) {
    const asked: ScriptedConversation[] = [];
    const answer = (c: ScriptedConversation): ScriptedAnswer => {
      const step = steps[asked.push(c) - 1]!;
      return typeof step === 'function' ? step(c) : step;
    };
    env.model.setScript({ rules: [{ name: 'in turn', when: () => asked.length < steps.length, answer }] });
    const agents = { worker: agent({ tools: ['filesystem', 'issue'], maxTokens: 1000 }) };
    const runId = `run-${Math.random().toString(36).slice(2)}`;
    const result = await env.run(plan({ agents, workspace: '', ...of }), { runId });
    return { result, task: result.tasks['one']!, asked, runId };
  }

  it('is one answer for output, the next task and the transcript when it comes in pieces, and each piece is paid', async () => {
    const after = { task: 'one', on: 'all_success', from: 'explicit' } as const;
    const template = ['Got this: ', { expression: 'tasks.one.output' }];
    const tasks = [task(), task({ id: 'two', dependsOn: [after], template })];
    const steps: Step[] = [
      cut('PART-ONE of the rep'),
      cut('ort, PART-TWO'),
      { text: ' and the end.' },
      (c) => ({ text: c.prompt }),
    ];
    const { result, task: one, asked, runId } = await run(steps, { tasks });
    const whole = 'PART-ONE of the report, PART-TWO and the end.';
    expect(one).toMatchObject({ status: 'succeeded', output: whole });
    expect(result.tasks['two']!.output).toBe(`Got this: ${whole}`);
    expect(asked.slice(1, 3).map((c) => c.prompt)).toEqual(
      Array(2).fill(expect.stringMatching(/limit of 1000 tokens.*Go on exactly where it stopped/)),
    );
    const { runKey } = (await env.store.runs.find(runId))!;
    const transcript = await env.store.runs.transcript(runKey, 'one');
    expect(transcript.map(({ message }) => message.content)).toEqual([
      [{ type: 'text', text: 'Do one.' }],
      [{ type: 'text', text: whole }],
    ]);
    const answers = (await env.story(runId)).flatMap((event) =>
      event.type === 'agent:answer' ? [event.tokensUsed] : [],
    );
    expect(answers).toHaveLength(4);
    expect(result.summary.totalTokens).toBe(answers.reduce((sum, tokens) => sum + tokens));
  });

  it('is checked against the schema of the task when it is whole', async () => {
    const tasks = [
      task({ output: { type: 'object', properties: { words: { type: 'string' } }, required: ['words'] } }),
    ];
    const { task: one } = await run([cut('{"words": "in the mid'), { text: 'dle"}' }], { tasks });
    expect(one).toMatchObject({ status: 'succeeded', output: '{"words":"in the middle"}' });
  });

  it('is one answer with the tools that it asks for in the end', async () => {
    const create = { name: 'issue', input: { action: 'create', title: 'found' } };
    const { task: one, asked } = await run([cut('I make a'), { text: 'n issue.', tools: [create] }, { text: 'done' }]);
    expect(one).toMatchObject({ status: 'succeeded', output: 'done' });
    expect(asked[2]!.messages.map(({ content }) => content.map((block) => block.type))).toEqual([
      ['text'],
      ['text'],
      ['text'],
      ['text', 'tool_use'],
      ['tool_result'],
    ]);
  });

  it('tells the model of a call that was cut that it did not run, and which', async () => {
    const { task: one, asked } = await run([cutWrite, (c) => ({ text: c.lastResults[0]!.content })]);
    expect(one.status).toBe('succeeded');
    expect(one.output).toMatch(/^This call did not run: .* call of filesystem/);
    expect(asked[1]!.lastResults).toMatchObject([{ name: 'filesystem', input: {}, isError: true }]);
    expect(existsSync(join(env.workspace, 'big.txt'))).toBe(false);
  });

  it('runs the calls that came whole, and tells of the one that was cut', async () => {
    const create = { name: 'issue', input: { action: 'create', title: 'whole' } };
    const both: ScriptedAnswer = { ...cutWrite, tools: [create, ...cutWrite.tools!] };
    const { task: one } = await run([both, (c) => ({ text: c.lastResults.map((each) => each.isError).join() })]);
    expect(one).toMatchObject({ status: 'succeeded', output: 'false,true' });
  });

  it.each(['child', 'inline'] as const)(
    'ends the task after three in a row, with the limit named (%s)',
    async (tasks) => {
      const limits = { ...plan().limits, tasks };
      const { task: one } = await run(Array<Step>(3).fill(cutWrite), { limits });
      expect(one).toMatchObject({ status: 'failed' });
      expect(one.error).toMatch(
        /^3 answers in a row .* limit of 1000 tokens, in the middle of a call of filesystem: .*max_tokens/,
      );
      const { task: text } = await run([cut('a'), cut('b'), cut('c')], { limits });
      expect(text.error).toMatch(
        /^3 answers in a row were cut off at their limit of 1000 tokens: give the agent worker/,
      );
    },
  );

  it('goes on as before when there was progress between two that were cut', async () => {
    const list = { tools: [{ name: 'issue', input: { action: 'list' } }] };
    const { task: one } = await run([cutWrite, cutWrite, list, cutWrite, cutWrite, { text: 'done' }]);
    expect(one).toMatchObject({ status: 'succeeded', output: 'done' });
  });

  it('is asked for once more when it is empty, and then fails the task by that name', async () => {
    const list = { tools: [{ name: 'issue', input: { action: 'list' } }] };
    const again = await run([list, nothing, { text: 'here' }]);
    expect(again.task).toMatchObject({ status: 'succeeded', output: 'here' });
    expect(again.asked[2]!.prompt).toMatch(/^Your answer was empty/);
    const never = await run([list, nothing, { text: ' \n' }]);
    expect(never.task).toMatchObject({ status: 'failed', error: expect.stringMatching(/empty answer/) as string });
    // Also when it goes back to work in between.
    const later = await run([list, nothing, list, nothing]);
    expect(later.task).toMatchObject({ status: 'failed', error: expect.stringMatching(/empty answer/) as string });
  });

  it('is done when the model has nothing to add to what was cut', async () => {
    expect((await run([cut('All of it.'), nothing])).task).toMatchObject({ status: 'succeeded', output: 'All of it.' });
  });

  it('keeps what was thought with its signature, before the calls that it led to', async () => {
    const thinking = 'First the list, "so to speak"…';
    const list = [{ name: 'issue', input: { action: 'list' } }];
    const { task: one, asked } = await run([
      { thinking, text: 'I look.', tools: list },
      { thinking, tools: list },
      { text: 'done' },
    ]);
    expect(one).toMatchObject({ status: 'succeeded', output: 'done' });
    const types = asked[2]!.messages.map(({ content }) => content.map((block) => block.type));
    expect(types).toEqual([
      ['text'],
      ['thinking', 'text', 'tool_use'],
      ['tool_result'],
      ['thinking', 'tool_use'],
      ['tool_result'],
    ]);
  });
});
