import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/domain/run/run-events.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const starts = (story: RunEvent[]) => story.flatMap((event) => (event.type === 'task:start' ? [event.taskId] : []));

describe('ORCH-003 and ORCH-004: tasks in order and side by side, as their dependencies allow', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
  });
  afterAll(() => env.close());

  it('starts a task when what it needs has succeeded, and tells of waves without waiting for them', async () => {
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: d, prompt: D, depends_on: [b, c] }
  - { id: b, prompt: B, depends_on: [a] }
  - { id: c, prompt: C, dependencies: [a] }
  - { id: a, prompt: A }
`),
    );
    expect(result.status).toBe('succeeded');
    const story = await env.story(result.runId);
    const order = starts(story);
    expect(order[0]).toBe('a');
    expect(order[3]).toBe('d');
    const waves = story.flatMap((event) => (event.type === 'wave:start' ? [event.taskCount] : []));
    expect(waves).toEqual([1, 2, 1]);
    expect(story.filter((event) => event.type === 'wave:complete')).toHaveLength(3);
  });

  it('starts the most urgent of what is ready first, one at a time', async () => {
    const result = await env.run(
      yamlPlan(`
limits: { max_parallel: 1 }
tasks:
  - { id: low, prompt: x, priority: low }
  - { id: urgent, prompt: x, priority: critical }
  - { id: normal, prompt: x }
`),
    );
    expect(starts(await env.story(result.runId))).toEqual(['urgent', 'normal', 'low']);
  });

  it('keeps to a pool, and to what a task says of its model and its data', async () => {
    const result = await env.run(
      yamlPlan(`
pool: [{ id: one, track: front }, { id: two, track: back }]
tracks: { front: [a, b], back: [c] }
tasks:
  - { id: a, prompt: A, context: { user: ["\${{ x }}"] }, model: claude-sonnet-4-6, max_tokens: 700 }
  - { id: b, prompt: B }
  - { id: c, prompt: C }
  - { id: d, prompt: D }
`),
    );
    expect(result.tasks['a']!.output).toBe(
      'did: A\n\nContext of this task, as data:\n```json\n{\n  "user": [\n    "${{ x }}"\n  ]\n}\n```',
    );
    const story = await env.story(result.runId);
    const members = story.flatMap((event) => (event.type === 'task:assigned' ? [[event.taskId, event.member]] : []));
    expect(Object.fromEntries(members)).toMatchObject({ a: 'one', b: 'one', c: 'two' });
    expect(story.find((event) => event.type === 'task:assigned' && event.taskId === 'c')).toMatchObject({
      track: 'back',
    });
    const asked = story.filter((event) => event.type === 'agent:invoke');
    expect(asked.find(({ taskId }) => taskId === 'a')).toMatchObject({ model: 'claude-sonnet-4-6', maxTokens: 700 });
    expect(asked.find(({ taskId }) => taskId === 'b')!.model).not.toBe('claude-sonnet-4-6');
    let atWork = 0;
    for (const { type } of story) {
      atWork += type === 'task:start' ? 1 : type === 'task:complete' ? -1 : 0;
      expect(atWork).toBeLessThanOrEqual(2);
    }
  });

  it('passes outputs on, also of structured ones, and runs conditions, loops and fan-outs', async () => {
    let reviews = 0;
    env.model.setScript({
      rules: [
        {
          name: 'plan',
          when: (c) => c.prompt.startsWith('Split'),
          answer: () => ({ text: '{"parts": ["api", "ui", "docs"]}' }),
        },
        { name: 'build', when: (c) => c.prompt.startsWith('Build'), answer: (c) => ({ text: `built: ${c.prompt}` }) },
        {
          name: 'review',
          when: (c) => c.prompt.startsWith('Review'),
          answer: () => ({ text: JSON.stringify({ score: 40 * ++reviews }) }),
        },
        echo,
      ],
    });
    const result = await env.run(
      yamlPlan(
        `
inputs: { feature: { type: string } }
phases:
  - name: Planning
    tasks:
      - id: plan
        prompt: Split \${{ inputs.feature }}.
        output: { type: object, properties: { parts: { type: array, items: { type: string } } }, required: [parts] }
  - name: Build
    execution_mode: parallel
    when: \${{ size(tasks.plan.output.parts) > 0 }}
    tasks:
      - { id: build, for_each: "\${{ tasks.plan.output.parts }}", prompt: "Build \${{ item }}." }
      - { id: never, when: "\${{ size(tasks.plan.output.parts) > 3 }}", prompt: Never. }
  - name: Review
    repeat: { until: "\${{ tasks.review.output.score >= 80 }}", max: 3 }
    tasks:
      - id: review
        prompt: "Review \${{ size(tasks.build.output) }} parts, first \${{ tasks.build.output[0] }}"
        output: { type: object, properties: { score: { type: number } }, required: [score] }
`,
        { inputs: { feature: 'login' } },
      ),
    );
    expect(result.status).toBe('succeeded');
    expect(Object.keys(result.tasks).sort()).toEqual(
      ['build[0]', 'build[1]', 'build[2]', 'never', 'plan', 'review', 'review#2'].sort(),
    );
    expect(result.tasks['build[1]']!.output).toBe('built: Build ui.');
    expect(result.tasks['never']).toMatchObject({ status: 'skipped', error: null });
    expect(reviews).toBe(2);
    const prompts = env.model.requests.map((request) => JSON.stringify(request.body));
    expect(prompts.some((body) => body.includes('Review 3 parts, first built: Build api.'))).toBe(true);
  });

  it('sends a wrong structured answer back to the model, at most three times', async () => {
    let tries = 0;
    env.model.setScript({
      rules: [{ name: 'wrong', when: () => true, answer: () => ({ text: ++tries > 2 ? '{"n": 7}' : 'seven' }) }],
    });
    const text = `
tasks:
  - { id: count, prompt: Count., output: { type: object, properties: { n: { type: integer } }, required: [n] } }
`;
    const good = await env.run(yamlPlan(text));
    expect(good.tasks['count']).toMatchObject({ status: 'succeeded', turns: 3 });
    tries = -10;
    const bad = await env.run(yamlPlan(text));
    expect(bad).toMatchObject({ status: 'failed', tasks: { count: { status: 'failed', turns: 4 } } });
    expect(bad.tasks['count']!.error).toContain('after 3 repairs');
  });

  it('keeps to failure policies of tasks and of single dependencies', async () => {
    env.model.setScript({
      rules: [
        { name: 'fails', when: (c) => c.prompt === 'Fail.', answer: () => ({ fault: { kind: 'refusal' } }) },
        echo,
      ],
    });
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: bad, prompt: Fail. }
  - { id: tolerated, prompt: Fail., continue_on_error: true }
  - { id: good, prompt: ok }
  - { id: strict, prompt: ok, depends_on: [bad, good] }
  - { id: after, prompt: ok, depends_on: [{ task: bad, on: any_end }] }
  - { id: one, prompt: ok, depends_on: [bad, good], join: any }
  - { id: two, prompt: ok, depends_on: [bad, good, tolerated], join: { quorum: 2 } }
  - { id: three, prompt: ok, depends_on: [bad, good, tolerated], join: { quorum: 3 } }
`),
    );
    const statuses = Object.fromEntries(Object.entries(result.tasks).map(([id, { status }]) => [id, status]));
    expect(statuses).toEqual({
      ...{ bad: 'failed', tolerated: 'failed', good: 'succeeded', strict: 'skipped' },
      ...{ after: 'succeeded', one: 'succeeded', two: 'succeeded', three: 'skipped' },
    });
    expect(result.status).toBe('partial');
  });

  it('skips what needs a branch that was not taken, or a list that is empty, and is partial by that', async () => {
    env.model.setScript({
      rules: [
        { name: 'route', when: (c) => c.prompt.startsWith('Route'), answer: () => ({ text: '{"go":"a","none":[]}' }) },
        echo,
      ],
    });
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: route, prompt: Route, output: { type: object } }
  - { id: a, depends_on: [route], when: "\${{ tasks.route.output.go == 'a' }}", prompt: A }
  - { id: b, depends_on: [route], when: "\${{ tasks.route.output.go == 'b' }}", prompt: B }
  - { id: all, depends_on: [a, b], prompt: All }
  - { id: behind, depends_on: [all], prompt: Behind }
  - { id: any, depends_on: [a, b], join: any, prompt: Any }
  - { id: ends, depends_on: [a, { task: b, on: any_end }], prompt: Ends }
  - { id: none, depends_on: [route], for_each: "\${{ tasks.route.output.none }}", prompt: None }
  - { id: after, depends_on: [none], prompt: After }
  - { id: afterEnd, depends_on: [{ task: none, on: any_end }], prompt: "Nothing: \${{ size(tasks.none) }}" }
`),
    );
    const ended = Object.entries(result.tasks).map(([id, { status, error }]) => [id, error ?? status]);
    expect(Object.fromEntries(ended)).toEqual({
      ...{ route: 'succeeded', a: 'succeeded', b: 'skipped', any: 'succeeded', ends: 'succeeded' },
      ...{ all: 'it needs b, which was skipped', behind: 'it needs all, which was skipped' },
      ...{ none: 'skipped', after: 'it needs none, which was skipped', afterEnd: 'succeeded' },
    });
    expect(result).toMatchObject({ status: 'partial', reason: expect.stringContaining('3 of 10 tasks') as string });
  });

  it('goes through nothing where a list would come from what was left out, and misses it where that is missing', async () => {
    const route = { text: '{"none":[],"some":null}' };
    env.model.setScript({
      rules: [
        { name: 'route', when: (c) => c.prompt.startsWith('Route'), answer: () => route },
        { name: 'bad', when: (c) => c.prompt === 'bad', answer: () => ({ text: 'no', fault: { kind: 'refusal' } }) },
        echo,
      ],
    });
    const over = (id: string, list = `tasks.${id}.output`) =>
      `{ id: over-${id}, depends_on: [{ task: ${id}, on: any_end }], for_each: "\${{ ${list} }}", prompt: "Over \${{ item }}" }`;
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: route, prompt: Route, output: { type: object } }
  - { id: none, depends_on: [route], for_each: "\${{ tasks.route.output.none }}", prompt: None }
  - ${over('none')}
  - { id: branch, depends_on: [route], when: "\${{ size(tasks.route.output.none) > 0 }}", prompt: Branch }
  - ${over('branch')}
  - { id: bad, prompt: bad }
  - ${over('bad')}
  - { id: lost, depends_on: [bad], prompt: Lost }
  - ${over('lost')}
  - { id: mapped, depends_on: [{ task: branch, on: any_end }], for_each: "\${{ tasks.branch.output.map(x, x) }}", prompt: M }
  - { id: null-list, depends_on: [route], for_each: "\${{ tasks.route.output.some }}", prompt: Typo }
`),
    );
    const ended = Object.entries(result.tasks).map(([id, { status, error }]) => [id, error ?? status]);
    expect(Object.fromEntries(ended)).toMatchObject({
      ...{ none: 'skipped', 'over-none': 'skipped', branch: 'skipped', 'over-branch': 'skipped', mapped: 'skipped' },
      'over-bad': 'its list would come from bad, which failed',
      'over-lost': 'its list would come from lost, which was skipped',
      'null-list': 'null-list: for_each: tasks.route.output.some gives null, not a list',
    });
    expect(result).toMatchObject({
      status: 'partial',
      reason: expect.stringContaining('5 of 11 tasks') as string,
      tasks: {
        'over-bad': { status: 'skipped' },
        'over-lost': { status: 'skipped' },
        'null-list': { status: 'failed' },
      },
    });
  });

  it('fails a task whose expression cannot be evaluated, and says why', async () => {
    env.model.setScript({ rules: [echo] });
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: "Part \${{ tasks.a.output.parts[3] }}", depends_on: [a] }
`),
    );
    expect(result.tasks['b']).toMatchObject({ status: 'failed' });
    expect(result.tasks['b']!.error).toMatch(/parts/);
  });
});
