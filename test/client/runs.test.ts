import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, DefinitionError } from '../../src/client/index.ts';
import type { Runs } from '../../src/client/index.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { writeProject } from '../support/command/cli.ts';
import { testContext } from '../support/command/test-context.ts';
import { execute as output } from '../../src/cli/work/print-output.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const root = fileURLToPath(new URL('../../', import.meta.url));

describe('Runs', () => {
  let env: RunEnv;
  let folder: string;
  let runs: Runs;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
    folder = writeProject(mkdtempSync(join(tmpdir(), 'gaffer-client-')));
    const { temporal, databaseUrl, taskQueue } = env.settings;
    runs = await connect({ temporal, databaseUrl, taskQueue, cwd: folder, env: {} });
  });
  afterAll(async () => {
    await runs.close();
    await env.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const two = `tasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: "B \${{ tasks.a.output }}", depends_on: [a] }\n`;

  it.each([
    ['a file', () => ({ file: 'workflow.yaml' })],
    ['its text', () => ({ text: readFileSync(join(folder, 'workflow.yaml'), 'utf8') })],
    [
      'its content',
      () => ({
        definition: {
          default_profile: 'coder',
          phases: [{ name: 'One', tasks: [{ id: 'one', prompt: 'Say hello.' }] }],
        },
      }),
    ],
    ['a plan', () => ({ plan: { ...yamlPlan('tasks: [{ id: one, prompt: Say hello. }]'), workspace: '.' } })],
  ])('starts %s', async (_what, source) => {
    const run = await runs.start({ ...source(), limits: { usd: 2 } });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', tasks: { one: { output: 'did: Say hello.' } } });
    expect(await run.view()).toMatchObject({ runId: run.id, workspace: folder, status: 'succeeded', stuck: null });
  });

  it('says everything that is wrong with a definition, as the terminal does, and starts nothing', async () => {
    const before = (await runs.list()).length;
    const text =
      'default_profile: nobody\nphases:\n  - name: One\n    tasks: [{ id: one, prompt: "${{ inputs.x }}" }]\n';
    const error = await runs.start({ text }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DefinitionError);
    expect((error as DefinitionError).diagnostics.length).toBeGreaterThan(1);
    expect(await runs.list()).toHaveLength(before);
  });

  it('refuses an id that is taken, one that there is not, and more than one source', async () => {
    const run = await runs.start({ file: 'workflow.yaml', id: 'mine' });
    await run.result();
    const again = runs.start({ file: 'workflow.yaml', id: 'mine' });
    await expect(again).rejects.toMatchObject({ name: 'RunExistsError', runId: 'mine' });
    for (const runId of ['nobody', '', ' ', 'x'.repeat(1200), 'a\nb']) {
      await expect(runs.find(runId)).rejects.toMatchObject({ name: 'RunNotFoundError', runId });
    }
    const both = { file: 'workflow.yaml', text: 'x' } as unknown as { file: string };
    await expect(runs.start(both)).rejects.toThrow('give one of file, text, definition, template, plan and task');
    await expect(run.pause()).rejects.toMatchObject({ name: 'RunClosedError' });
  });

  it('tells a run that is found all over again, from any event on', async () => {
    const { id } = await env.client.start({ plan: { ...yamlPlan(two), workspace: folder } });
    const run = await runs.find(id);
    const all: number[] = [];
    for await (const { seq } of run.events()) all.push(seq);
    expect(all).toEqual(all.map((_, index) => index + 1));
    const rest: number[] = [];
    for await (const { seq } of run.events({ after: 3 })) rest.push(seq);
    expect(rest).toEqual(all.slice(3));
    expect((await run.state()).lastSeq).toBe(all.at(-1));
  });

  it('prints the outputs that the file names, one of them bare, and says of one without a value why', async () => {
    const outputs =
      'outputs: { last: tasks.b.output, counts: "{\\"a\\": size(tasks.a.output)}", gone: tasks.a.output * 2 }';
    const run = await runs.start({ plan: { ...yamlPlan(`${outputs}\n${two}`), workspace: folder } });
    const { outputs: values, outputErrors } = await run.result();
    expect(values).toEqual({ last: 'did: B did: A', counts: { a: 6 }, gone: null });
    expect(await run.view()).toMatchObject({ outputs: values, outputErrors });
    const printed = async (names: string[], options: { json?: boolean } = {}): Promise<string[]> => {
      const { context, out, err } = testContext(folder, { DATABASE_URL: env.settings.databaseUrl });
      await output(context, [run.id, ...names], options);
      return [out(), err()];
    };
    const why = `output "gone" of run "${run.id}" has no value: `;
    const [text, note] = await printed([]);
    expect(text).toBe('last:\ndid: B did: A\n\ncounts:\n{\n  "a": 6\n}\n\n');
    expect(note).toContain(why);
    expect(await printed(['last'])).toEqual(['did: B did: A\n', '']);
    expect(await printed(['a'])).toEqual(['did: A\n', '']);
    await expect(printed(['gone'])).rejects.toThrow(why);
    const [json] = await printed([], { json: true });
    expect(JSON.parse(json!)).toEqual({ runId: run.id, outputs: values, outputErrors, tasks: [] });
  });

  it('has conversations, an export and the list, and removes what has ended', async () => {
    const run = await runs.start({ plan: { ...yamlPlan(two), workspace: folder }, id: 'two-tasks' });
    await run.result();
    expect((await run.contexts()).map(({ name }) => name)).toEqual(['a', 'b']);
    await expect(run.transcript()).rejects.toThrow('has no context that is the only one; there are: a, b.');
    expect((await run.transcript('b')).map(({ message }) => message.role)).toEqual(['user', 'assistant']);
    expect(await run.output()).toEqual([{ task: 'b', status: 'succeeded', output: 'did: B did: A' }]);
    expect(await run.output('a')).toMatchObject([{ task: 'a', output: 'did: A' }]);
    await expect(run.output('c')).rejects.toThrow('no task "c" that has ended; there are: a, b.');
    const lines: unknown[] = [];
    for await (const line of run.export()) lines.push(JSON.parse(line));
    expect(lines[0]).toMatchObject({ format: 'gaffer-run' });
    for await (const line of run.export()) {
      expect(line).toContain('gaffer-run');
      break;
    }
    const entry = (await runs.list({ limit: 100 })).find(({ runId }) => runId === run.id);
    const { totalDuration: durationMs } = (await run.view()).summary;
    expect(entry).toMatchObject({ status: 'succeeded', from: null, board: run.id, durationMs });
    expect(await run.remove()).toEqual({ snapshots: 0 });
    expect((await runs.list({ limit: 100 })).map(({ runId }) => runId)).not.toContain(run.id);
  });

  it('forks with an edited prompt, and pays only for what that changes', async () => {
    const first = await runs.start({ plan: { ...yamlPlan(two), workspace: folder } });
    await first.result();
    const before = env.model.requests.length;
    const fork = await runs.fork(first.id, { from: 'b', set: { 'prompt.b': 'Bee ${{ tasks.a.output }}' } });
    const result = await fork.result();
    expect(result.tasks).toMatchObject({ a: { status: 'reused' }, b: { output: 'did: Bee did: A' } });
    expect(env.model.requests.length - before).toBe(1);
    expect(await fork.view()).toMatchObject({ lineage: { kind: 'fork', run: first.id, from: 'b' } });
    await expect(runs.fork(first.id, {})).rejects.toThrow('say where to fork');
    await expect(runs.fork(first.id, { set: { 'prompt.c': 'x' } })).rejects.toThrow('there is no task "c"');
    writeFileSync(join(folder, 'secret.txt'), 'not a prompt');
    const plain = await runs.fork(first.id, { set: { 'prompt.b': '@secret.txt' } });
    expect((await plain.result()).tasks['b']?.output).toBe('did: @secret.txt');
  });

  it('retries as a new run what did not succeed, and rolls back what ended', async () => {
    const first = await runs.start({ plan: { ...yamlPlan(two), workspace: folder } });
    await first.result();
    const again = await runs.retry(first.id, { task: 'b' });
    expect((await again.result()).tasks).toMatchObject({ a: { status: 'reused' }, b: { status: 'succeeded' } });
    expect(await runs.rollback(first.id)).toMatchObject({ runId: first.id, undone: [], left: [] });
    await expect(runs.retry(first.id, { task: 'b', from: 'a' })).rejects.toThrow('name a task or `from`, not both');
  });

  it('has Temporal’s own client, for workflows of your own', async () => {
    const { id } = await env.client.start({ plan: { ...yamlPlan(two), workspace: folder } });
    const { workflow } = await env.client.temporalClient();
    await expect(workflow.getHandle(id).describe()).resolves.toMatchObject({ type: 'orchestrate' });
  });

  it('says what to do where nothing runs', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'gaffer-empty-'));
    const nothing = connect({ cwd: empty, env: { GAFFER_HOME: join(empty, 'home') } });
    await expect(nothing).rejects.toMatchObject({
      name: 'UnreachableError',
      message: expect.stringContaining('gaffer dev'),
    });
    const { databaseUrl } = env.settings;
    const temporal = { address: '127.0.0.1:1', namespace: 'default' };
    const deaf = await connect({ temporal, databaseUrl, cwd: root, env: {} });
    await expect(deaf.find('nobody')).rejects.toMatchObject({ name: 'UnreachableError' });
    await deaf.close();
    rmSync(empty, { recursive: true, force: true });
  });
});
