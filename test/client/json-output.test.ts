import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createProgram } from '../../src/cli/tree/program.ts';
import { outputShapes } from '../../src/definition/schema/output-schema.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { writeProject } from '../support/command/cli.ts';
import { expectDocumented } from '../support/command/documented.ts';
import { testContext } from '../support/command/test-context.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

/** Looked at where they are tried as processes: they start or stop servers and workers, or look at the machine. */
const elsewhere = [
  'run',
  'retry',
  'fork',
  'restore',
  'replay',
  'rollback',
  'diff',
  'merge',
  'backup',
  'ui',
  'dashboard',
  'doctor',
  'gateway',
  'prune',
  'error',
  'baseline check',
  'evaluate',
];

const file = `
tasks:
  - { id: made, prompt: Make it., compensate: { tool: issue, input: { action: create, title: undone } } }
  - { id: stuck, prompt: Be stuck. }
  - { id: first, prompt: One., approval: before }
  - { id: second, prompt: Two., approval: before }
  - { id: third, prompt: Three., approval: before }
outputs: { said: tasks.made.output, gone: tasks.made.output * 2 }
`;
const blocked = { tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] };
const isStuck = ({ prompt, turn }: ScriptedConversation): boolean => prompt === 'Be stuck.' && turn === 0;

let env: RunEnv;
beforeAll(async () => {
  const rules = [
    { name: 'stuck', when: isStuck, answer: () => blocked },
    { name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) },
  ];
  env = await openRunEnv({ script: { rules } });
});
afterAll(() => env.close());

it('is what schema/output.schema.json says, with every key that is printed', async () => {
  const cwd = writeProject(tempFolder());
  const environment = {
    XDG_CONFIG_HOME: tempFolder(),
    DATABASE_URL: env.settings.databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
  };
  const tried = new Set<string>();
  const gaffer = async (...args: string[]): Promise<unknown> => {
    const { context, out, err } = testContext(cwd, environment);
    const program = createProgram('1', async (load, words, options) => {
      await (await load()).execute(context, words, options);
    });
    await program.parseAsync([...args, '--json'], { from: 'user' });
    expect(out(), err()).not.toBe('');
    tried.add(expectDocumented([...args, '--json'], out())!);
    return JSON.parse(out());
  };
  const id = 'all-verbs';
  const run = await env.start(yamlPlan(file), { runId: id });
  await until('all wait', async () => (await run.waiting()).length === 4);
  for (const verb of ['approvals', 'show', 'runs', 'transcript', 'checkpoints', 'state']) {
    const args = ['runs', 'approvals'].includes(verb) ? [verb] : [verb, id];
    expect(await gaffer(...args), verb).not.toEqual([]);
  }
  expect(await gaffer('messages', id)).toEqual([]);
  const [entry] = (await gaffer('transcript', id, 'made')) as object[];
  expect(entry).toMatchObject({ taskId: 'made' });
  await gaffer('limits', id, '--usd', '7');
  await gaffer('priority', id, 'first', 'high');
  await gaffer('priority', id, 'urgent');
  await gaffer('send', id, 'stuck', 'hello');
  await gaffer('pause', id);
  await gaffer('resume', id, '--tokens', '1000000');
  await gaffer('approve', id, 'first');
  await gaffer('reject', id, 'second');
  await gaffer('skip', id, 'third');
  await gaffer('answer', id, 'stuck', 'here it is');
  expect(await gaffer('watch', id)).toMatchObject({ status: 'partial' });
  await gaffer('compare', id, id);
  for (const verb of ['pin', 'unpin']) await gaffer('baseline', verb, id);
  for (const verb of ['cancel', 'show', 'output', 'rm']) await gaffer(verb, id);

  await gaffer('plan', 'workflow.yaml');
  // Not `nightly`: the document's own example, which schemathesis makes on the same server (test/server/schemathesis.test.ts).
  await gaffer('schedule', 'add', 'all-verbs-nightly', 'workflow.yaml', '--cron', '0 3 * * *');
  for (const verb of ['show', 'pause', 'resume', 'trigger', 'list', 'rm'])
    await gaffer('schedule', verb, ...(verb === 'list' ? [] : ['all-verbs-nightly']));
  const { id: key } = (await gaffer('keys', 'create', '--scope', 'run', '--expires', '30d')) as { id: string };
  await gaffer('keys', 'list');
  await gaffer('keys', 'revoke', key);
  await gaffer('audit');
  await gaffer('audit', '--verify');
  const { id: hook } = (await gaffer('webhooks', 'add', 'https://a.example/x')) as { id: string };
  for (const verb of ['show', 'rotate', 'disable', 'enable', 'deliveries', 'redeliver', 'list', 'rm'])
    await gaffer('webhooks', verb, ...(verb === 'list' ? [] : [hook]));
  writeFileSync(join(cwd, 'trigger.yaml'), 'name: pull\nfrom: github\nworkflow: code-review\n');
  await gaffer('triggers', 'add', 'trigger.yaml');
  for (const verb of ['show', 'rotate', 'pause', 'resume', 'list', 'rm'])
    await gaffer('triggers', verb, ...(verb === 'list' ? [] : ['pull']));
  await gaffer('agents');
  await gaffer('agents', 'coder');
  await gaffer('agents', 'list', '--category', 'databases');
  await gaffer('agents', 'show', 'code-reviewer');
  await gaffer('agents', 'find', 'slow SQL query');
  await gaffer('templates');
  await gaffer('templates', 'show', 'code-review');
  writeFileSync(join(cwd, 'issues.ndjson'), '{"id":"a","title":"one"}\n{"id":"b","title":"two"}\n');
  await gaffer('issues', 'import', 'issues.ndjson', '--board', 'b');
  expect(await gaffer('issues', 'list', '--board', 'b')).toHaveLength(2);
  await gaffer('issues', 'show', '1', '--board', 'b');
  await gaffer('worktrees');
  await gaffer('trust');
  await gaffer('trust', 'workflow.yaml');
  expect([...tried, ...elsewhere].toSorted()).toEqual(Object.keys(outputShapes).toSorted());
});
