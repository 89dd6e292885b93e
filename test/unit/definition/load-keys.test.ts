import { describe, expect, it } from 'vitest';
import type { PlanTask } from '../../../src/domain/plan/plan.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { registryOf } from './registry-of.ts';

const context: PlanContext = { agents: registryOf('coder', 'foreman', 'writer', 'unpriced'), cwd: '/project' };

function load(text: string, more: Partial<PlanContext> = {}) {
  return loadPlan(
    { kind: 'text', text: `default_profile: coder\n${text}`, file: 'crew.yaml' },
    { ...context, ...more },
  );
}

function taskOf(keys: string, head = ''): PlanTask {
  return load(`${head}\ntasks: [{ id: before, prompt: x }, { id: it, prompt: x, depends_on: [before], ${keys} }]`).plan
    .tasks[1]!;
}

const anybody = { by: [], needed: 1, deadlineMs: null, remindMs: null, escalate: null, onTimeout: 'halt' };

describe('keys of a task', () => {
  it.each([
    ['priority: 7', { priority: 7 }],
    ['priority: low', { priority: 3 }],
    ['priority: normal', { priority: 5 }],
    ['priority: high', { priority: 8 }],
    ['priority: urgent', { priority: 10 }],
    ['priority: critical', { priority: 10 }],
    ['continue_on_error: true', { continueOnError: true }],
    ['limits: { usd: 0.5 }', { limits: { usd: 0.5, tokens: null } }],
    ['limits: { tokens: 10 }', { limits: { usd: null, tokens: 10 } }],
    ['files_scope: ["src/**"]', { filesScope: ['src/**'] }],
    ['decompose: true', { decompose: true, agent: 'coder' }],
    [
      'output: { type: object, properties: { a: { type: [string, "null"] } }, required: [a] }',
      { output: { type: 'object', properties: { a: { type: ['string', 'null'] } }, required: ['a'] } },
    ],
    ['repeat: { until: "${{ tasks.it.output.ok }}" }', { repeat: { until: 'tasks.it.output.ok', max: 3 } }],
    ['repeat: { until: false, max: 5 }', { repeat: { until: 'false', max: 5 } }],
    ['for_each: "${{ tasks.before.output }}"', { forEach: { items: 'tasks.before.output', size: null } }],
    ['for_each: tasks.before.output', { forEach: { items: 'tasks.before.output', size: null } }],
    [
      'for_each: { items: "${{ tasks.before.output }}", size: 4 }',
      { forEach: { items: 'tasks.before.output', size: 4 } },
    ],
    ['for_each: [a, 1, true]', { forEach: { items: '["a",1,true]', size: null } }],
    [
      'for_each: [{ name: a, tags: [x, null] }]',
      { forEach: { items: '[{"name":"a","tags":["x",null]}]', size: null } },
    ],
    ['when: "${{ tasks.before.output.ok }}"', { when: 'tasks.before.output.ok' }],
    ['when: true', { when: 'true' }],
    ['approval: after', { approval: { ...anybody, at: 'after', when: null } }],
    ['approval: before', { approval: { ...anybody, at: 'before', when: null } }],
    ['approval: { when: after, by: lead }', { approval: { ...anybody, at: 'after', when: null, by: ['lead'] } }],
    [
      'approval: { at: after, when: "${{ tasks.it.output.cost > 3 }}", by: [a, b], needed: 2, deadline: 1h, remind: 10m, escalate: { after: 30m, to: [boss] }, on_timeout: deny }',
      {
        approval: {
          at: 'after',
          when: 'tasks.it.output.cost > 3',
          by: ['a', 'b'],
          needed: 2,
          deadlineMs: 3_600_000,
          remindMs: 600_000,
          escalate: { afterMs: 1_800_000, to: ['boss'] },
          onTimeout: 'deny',
        },
      },
    ],
    [
      'compensate: { tool: issue, input: { action: close } }',
      { compensate: { kind: 'tool', tool: 'issue', input: { action: 'close' } } },
    ],
    [
      'compensate: { prompt: Undo it. }',
      { compensate: { kind: 'prompt', agent: 'coder', prompt: 'Undo it.', template: null } },
    ],
    ['compensate: { prompt: Undo it., profile: writer }', { compensate: { kind: 'prompt', agent: 'writer' } }],
  ])('%s', (keys, expected) => expect(taskOf(keys)).toMatchObject(expected));

  it('joins the condition of a phase with that of its task', () => {
    const { plan } = load(`
inputs: { deep: { type: boolean, default: true } }
phases:
  - name: One
    when: \${{ inputs.deep }}
    tasks: [{ id: a, prompt: x, when: "\${{ inputs.deep || false }}" }, { id: b, prompt: x }]
    repeat: { until: "\${{ tasks.a.output.ok }}" }
    limits: { usd: 1 }
`);
    expect(plan.tasks.map(({ when }) => when)).toEqual(['(inputs.deep\n) && (inputs.deep || false\n)', 'inputs.deep']);
    expect(plan.phases).toEqual([
      {
        name: 'One',
        executionMode: 'sequential',
        repeat: { until: 'tasks.a.output.ok', max: 3 },
        limits: { usd: 1, tokens: null },
      },
    ]);
  });

  it('lets a task that splits its work fall to the manager, and brings along nobody whom the file does not name', () => {
    const text = 'manager: foreman\ntasks: [{ id: a, decompose: true, prompt: x }]';
    const { plan, warnings } = load(text);
    expect(plan.tasks[0]!.agent).toBe('foreman');
    expect([Object.keys(plan.agents), warnings]).toEqual([['foreman', 'coder'], []]);
    expect(plan).not.toHaveProperty('delegates');
    const alone = loadPlan({ kind: 'text', text, file: 'crew.yaml' }, context);
    expect(Object.keys(alone.plan.agents)).toEqual(['foreman']);
    expect(alone.warnings.map(({ code }) => code)).toEqual(['no-delegates']);
  });

  it('brings along the agents to choose from, each once, and refuses one that there is not', () => {
    const text = (list: string) =>
      `manager: foreman\ndelegates: ${list}\ntasks: [{ id: a, decompose: true, prompt: x }]`;
    const { plan, warnings } = load(text('[coder, coder]'));
    expect([plan.delegates, Object.keys(plan.agents), warnings]).toEqual([['coder'], ['foreman', 'coder'], []]);
    expect(Object.keys(load(text('[writer]')).plan.agents)).toEqual(['foreman', 'writer', 'coder']);
    expect(load(text('[]')).plan.delegates).toEqual([]);
    expect(() => load(text('[coder, nobody]'))).toThrow(/unknown agent "nobody"/);
  });

  it('takes the keys of the whole run', () => {
    const { plan } = load(`
on_failure: compensate
checkpoint_every: 5
limits: { on_exceeded: pause, tasks: inline, usd_per_minute: 1, per_task: { usd: 2 }, per_agent: { writer: { tokens: 9 } }, max_depth: 1, max_fan_out: 4, max_added_tasks: 8 }
policy:
  - { tool: bash, match: "bash git push *", agents: [coder], action: ask, by: lead, needed: 2, on_timeout: deny }
  - { tool: "*", action: allow }
tasks: [{ id: a, prompt: x }]
`);
    expect(plan).toMatchObject({ onFailure: 'compensate', checkpointEvery: 5 });
    expect(plan.limits).toMatchObject({
      onExceeded: 'pause',
      tasks: 'inline',
      usdPerMinute: 1,
      perTask: { usd: 2, tokens: null },
      perAgent: { writer: { usd: null, tokens: 9 } },
      maxDepth: 1,
      maxFanOut: 4,
      maxAddedTasks: 8,
    });
    expect(plan.policy).toEqual([
      {
        tool: 'bash',
        match: 'bash git push *',
        agents: ['coder'],
        action: 'ask',
        approval: { ...anybody, by: ['lead'], needed: 2, onTimeout: 'deny' },
      },
      { tool: '*', match: null, agents: [], action: 'allow', approval: anybody },
    ]);
  });
});

describe('texts with expressions', () => {
  it('fill in inputs and constants, and leave to the run what only the run knows', () => {
    const head = 'inputs: { what: { default: "a ${{ tasks.x }}" } }';
    const task = taskOf(
      'prompt: "Do ${{ inputs.what }}, ${{ 1 + 1 }} times: ${{ tasks.before.output }}, $${{ so }}."'.replace(
        'prompt: ',
        'when: true, context_name: c, retry: { max_attempts: 1 }, output: {}, timeout: 1m, priority: 5, profile: coder, files_scope: ["${{ inputs.what }}"], compensate: { prompt: ',
      ) + ' }',
      head,
    );
    expect(task.compensate).toEqual({
      kind: 'prompt',
      agent: 'coder',
      prompt: 'Do a ${{ tasks.x }}, 2 times: ${{ tasks.before.output }}, ${{ so }}.',
      template: ['Do a ${{ tasks.x }}, 2 times: ', { expression: 'tasks.before.output' }, ', ${{ so }}.'],
    });
    expect(task.filesScope).toEqual(['a ${{ tasks.x }}']);
  });

  it('take ids and inputs with hyphens and dots as they are written', () => {
    const { plan } = load(`
inputs: { two-words: { default: both } }
phases: [{ name: Plan, tasks: [{ context_name: lead-dev, prompt: x }] }]
tasks:
  - { id: b, prompt: "\${{ inputs.two-words }} \${{ tasks.plan.lead-dev.output + '-plan.lead-dev' }}", depends_on: [plan.lead-dev] }
`);
    expect(plan.tasks.find(({ id }) => id === 'b')!.template).toEqual([
      'both ',
      { expression: "tasks.plan_lead_dev.output + '-plan.lead-dev'" },
    ]);
  });

  it('end at the closing braces of the expression, not at those inside of it', () => {
    const { plan } = load(`tasks: [{ id: a, prompt: '\${{ {"a": {"b": "}}"}} }}!' }]`);
    expect(plan.tasks[0]!.prompt).toBe('{"a":{"b":"}}"}}!');
  });

  it('reach a command as environment variables only, each one word, inputs too', () => {
    const task = taskOf(
      'for_each: [1], compensate: { bash: "rm ${{ item }}x ${{ inputs.dir }} \\"${{ item }}\\"" }',
      'inputs: { dir: { default: "; rm -rf /" } }',
    );
    expect(task.compensate).toEqual({
      kind: 'bash',
      command: 'rm "${GAFFER_VALUE_1}"x "${GAFFER_VALUE_2}" "${GAFFER_VALUE_3}"',
      env: {
        GAFFER_VALUE_1: { expression: 'item' },
        GAFFER_VALUE_2: { expression: 'inputs.dir' },
        GAFFER_VALUE_3: { expression: 'item' },
      },
    });
  });

  it('may stand in a tool input when they are known before the start', () => {
    const task = taskOf(
      'compensate: { tool: issue, input: { list: [{ id: "x-${{ inputs.n }}" }] } }',
      'inputs: { n: { type: integer, default: 3 } }',
    );
    expect(task.compensate).toMatchObject({ input: { list: [{ id: 'x-3' }] } });
  });
});

describe('warnings', () => {
  const codesOf = (text: string) =>
    load(text).warnings.map(({ code, line, severity }) => `${severity} ${code} ${line}`);

  it('name results that may not be there yet', () => {
    const late = '- { id: a, prompt: x }\n- { id: c, prompt: x }';
    expect(codesOf(`tasks:\n${late}\n- { id: b, depends_on: [c], prompt: "\${{ tasks.a.output }}" }`)).toEqual([
      'warning not-ended 5',
    ]);
    const polls = '- { id: b, prompt: x, repeat: { until: "${{ size(tasks.a.output) > 0 }}" } }';
    expect(codesOf(`tasks:\n- { id: a, prompt: x }\n${polls}`)).toEqual(['warning not-ended 4']);
  });

  it.each([
    ['a task that waits for it', '- { id: b, depends_on: [a], prompt: "${{ tasks.a.output }}" }'],
    [
      'one that waits for it as one of several',
      '- { id: c, prompt: x }\n- { id: b, depends_on: [a, c], join: any, when: tasks.a != null, prompt: x }',
    ],
    [
      'one that waits for one that waits for it',
      '- { id: c, prompt: x, depends_on: [a] }\n- { id: b, depends_on: [c], for_each: "${{ tasks.a.output }}", prompt: x }',
    ],
    ['a compensation', '- { id: b, prompt: x, depends_on: [a], compensate: { prompt: "${{ tasks.a.output }}" } }'],
  ])('say nothing of a result that %s reads', (_, task) => {
    const found = codesOf(`tasks:\n- { id: a, prompt: x }\n${task}`);
    expect(found.filter((one) => one.includes('not-ended'))).toEqual([]);
  });

  it('say nothing of what came before in the same context', () => {
    const text =
      'tasks:\n- { id: a, context_name: lead, prompt: x }\n- { id: b, context_name: lead, prompt: "${{ tasks.a.output }}" }';
    expect(codesOf(text)).toEqual(['warning shared-context 4']);
  });

  it('say nothing of results that a phase waits for', () => {
    const phases =
      'phases: [{ name: A, tasks: [{ id: a, prompt: x }] }, { name: B, tasks: [{ id: b, prompt: "${{ tasks.a.output }}" }] }]';
    expect(codesOf(phases)).toEqual([]);
    const condition =
      'phases: [{ name: A, when: "${{ tasks.a.output == 1 }}", repeat: { until: "${{ tasks.a.output == 2 }}" }, tasks: [{ id: b, prompt: x, depends_on: [a] }, { id: c, prompt: x }] }]';
    expect(codesOf(`${condition}\ntasks: [{ id: a, prompt: x }]`)).toEqual([]);
  });

  it('leave loops alone: there the result of the last time around is meant', () => {
    const loop =
      'phases: [{ name: A, repeat: { until: "${{ tasks.b.output.ok }}" }, tasks: [{ id: a, prompt: "${{ tasks.b.output }}" }, { id: b, prompt: x }] }]';
    expect(codesOf(loop)).toEqual([]);
  });

  it('name tasks that may write the same files, unless one waits for the other', () => {
    const files = (more: string) =>
      `tasks:\n- { id: a, prompt: x, files_scope: [src/a/**, docs/*.md] }\n- { id: b, prompt: x, files_scope: ["src/**"]${more} }`;
    expect(codesOf(files(''))).toEqual(['warning files-overlap 4']);
    expect(codesOf(files(', depends_on: [a]'))).toEqual([]);
  });

  it('say that items which share a context run one after the other', () => {
    expect(codesOf('tasks: [{ id: a, prompt: x, for_each: [1, 2], context_name: lead }]')).toEqual([
      'warning shared-context 2',
    ]);
  });
});
