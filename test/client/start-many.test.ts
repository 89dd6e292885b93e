import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ManyProgress, StartManyOptions } from '../../src/client/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { expectRefusal, startGaffer, writeProject } from '../support/command/cli.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const definition = {
  name: 'many',
  default_profile: 'code-reviewer',
  inputs: { topic: { max_length: 20 } },
  tasks: [{ id: 'write', prompt: 'Write of ${{ inputs.topic }}.' }],
};
const each = ['bees', 'ants', 'wasps', 'moths', 'flies'].map((topic) => ({ topic }));

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({
    script: {
      rules: [
        {
          name: 'refused',
          when: (c) => c.prompt.includes('wasps'),
          answer: () => ({ text: 'No wasps.', fault: { kind: 'refusal' } }),
        },
        { name: 'written', when: () => true, answer: (c) => ({ text: `Of ${c.prompt}` }) },
      ],
    },
  });
});
afterAll(() => env.close());
beforeEach(() => env.model.requests.splice(0));

const startMany = (options: Partial<StartManyOptions> & { id: string }) =>
  env.client.startMany({ definition, each, ...options } as StartManyOptions);

describe('gaffer run --each', () => {
  const files = {
    'many.yaml': `name: many\ndefault_profile: coder\ninputs: { topic: {}, tone: {} }\ntasks: [{ id: write, prompt: "Write of \${{ inputs.topic }}, \${{ inputs.tone }}." }]\n`,
    'inputs.jsonl': '{"topic":"bees"}\n{"topic":"ants","tone":"sad"}\n',
    'wrong.jsonl': '{"topic":"bees"}\n{"topic":\n{"topic":"ants","topic":"bees"}\n',
    'script.mjs': `export const script = { rules: [{ name: 'written', when: () => true, answer: (c) => ({ text: c.prompt, latencyMs: 3000 }) }] };\n`,
  };

  it('leaves what is open when it is stopped, goes on where it stood, and does nothing twice', async () => {
    const cwd = writeProject(tempFolder(), files);
    const servers = { DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: inject('temporalAddress') };
    const start = (file: string, ...more: string[]) =>
      startGaffer(
        ['run', 'many.yaml', '--each', file, '--id', 'cli-many', '--script', 'script.mjs', '--no-gateway', ...more],
        { cwd, env: servers },
      );
    expectRefusal(await start('wrong.jsonl').ended, 2, 'wrong.jsonl:2', 'no JSON object', 'stands twice');
    const stopped = start('inputs.jsonl', '--input', 'tone=glad', '--parallel', '2');
    await until('both have begun', async () => {
      const listed = await env.client.list({ labels: { bulk: 'cli-many' } });
      return listed.length === 2;
    });
    stopped.process.kill('SIGINT');
    const { code, stderr } = await stopped.ended;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('cli-many: 0 of 2 runs · 0 open · $0\n');
    expect(stderr).toContain('the same command goes on with them.');
    const again = await start('inputs.jsonl', '--input', 'tone=glad', '--parallel', '2').ended;
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/^cli-many: 2 of 2 runs succeeded, \$[\d.]+\n$/);
    const third = await start('inputs.jsonl', '--input', 'tone=glad', '--json').ended;
    expect(JSON.parse(third.stdout)).toMatchObject({ id: 'cli-many', total: 2, succeeded: 2 });
    const said = await Promise.all(
      ['cli-many-1', 'cli-many-2'].map(async (id) => (await (await env.client.find(id)).result()).tasks['write']!),
    );
    expect(said).toMatchObject([
      { output: 'Write of bees, glad.', turns: 1 },
      { output: 'Write of ants, sad.', turns: 1 },
    ]);
  });
});

describe('many runs of one workflow', () => {
  it('are runs of their own, so many at a time, and are found again by the same id', async () => {
    const heard: ManyProgress[] = [];
    const report = await startMany({ id: 'many', parallel: 2, onProgress: (progress) => heard.push(progress) });
    expect(report).toMatchObject({ id: 'many', total: 5, open: 0, succeeded: 4, failed: 1 });
    expect(report.runs.map(({ line, runId, status }) => [line, runId, status])).toEqual([
      [1, 'many-1', 'succeeded'],
      [2, 'many-2', 'succeeded'],
      [3, 'many-3', 'failed'],
      [4, 'many-4', 'succeeded'],
      [5, 'many-5', 'succeeded'],
    ]);
    expect(report.runs[2]!.reason).not.toBeNull();
    expect(Math.max(...heard.map(({ open }) => open))).toBe(2);
    expect(heard[0]).toEqual({ total: 5, open: 0, succeeded: 0, failed: 0, costUsd: 0, leftMs: null });
    expect(heard.at(-1)).toMatchObject({ open: 0, succeeded: 4, failed: 1, leftMs: 0, costUsd: report.costUsd });
    expect((await (await env.client.find('many-4')).result()).tasks['write']!.output).toBe('Of Write of moths.');
    expect((await env.client.list({ labels: { bulk: 'many' } })).map(({ runId }) => runId).sort()).toEqual(
      report.runs.map(({ runId }) => runId),
    );

    const asked = env.model.requests.length;
    expect(await startMany({ id: 'many', parallel: 2 })).toEqual(report);
    expect(env.model.requests).toHaveLength(asked);
  });

  it('count as one where the server keeps fairness', async () => {
    await startMany({ id: 'many-fair', each: each.slice(0, 1), labels: { team: 'x' } });
    const client = await env.client.temporalClient();
    const { raw } = await client.workflow.getHandle('many-fair-1').describe();
    expect(raw.workflowExecutionInfo!.priority!.fairnessKey).toBe('bulk:default:many-fair');
  });

  it('go on where they stood, once nobody stops them', async () => {
    const stop = new AbortController();
    const onProgress = ({ succeeded }: ManyProgress): void => void (succeeded === 2 && stop.abort());
    const stopped = await startMany({ id: 'many-stopped', parallel: 1, signal: stop.signal, onProgress });
    expect(stopped).toMatchObject({ succeeded: 2, failed: 0, open: 0 });
    expect(stopped.runs.slice(2).map(({ status }) => status)).toEqual(['not-started', 'not-started', 'not-started']);
    const asked = env.model.requests.length;
    expect(await startMany({ id: 'many-stopped' })).toMatchObject({ succeeded: 4, failed: 1 });
    expect(env.model.requests.slice(asked).filter(({ body }) => /bees|ants/.test(JSON.stringify(body)))).toEqual([]);
  });

  it('take up what somebody else starts at the same moment, each line once', async () => {
    const both = await Promise.all([startMany({ id: 'many-twice' }), startMany({ id: 'many-twice' })]);
    expect(both).toMatchObject([{ succeeded: 4 }, { succeeded: 4 }]);
    expect(env.model.requests.filter(({ body }) => JSON.stringify(body).includes('bees'))).toHaveLength(1);
    const others = [startMany({ id: 'many-mixed' }), startMany({ id: 'many-mixed', each: each.toReversed() })];
    const [refused] = (await Promise.allSettled(others)).filter(({ status }) => status === 'rejected');
    expect(String((refused as PromiseRejectedResult).reason)).toContain('was started with other inputs than line');
  });

  it('take no other run for one of theirs, and start nothing then', async () => {
    // One that has begun: it is listed.
    await (await env.client.start({ definition, inputs: each[0]!, id: 'many-taken-2' })).result();
    await expect(startMany({ id: 'many-taken' })).rejects.toThrow(
      'already a run many-taken-2 that is none of this bulk',
    );
    expect((await env.client.list({ search: 'many-taken' })).map(({ runId }) => runId)).toEqual(['many-taken-2']);
  });

  it('do not start while a line is wrong, and each wrong one is named', async () => {
    const wrong = [{ topic: 'bees' }, { topic: 'x'.repeat(21) }, { theme: 'ants' }];
    const refused = startMany({ id: 'many-wrong', each: wrong, eachFile: 'inputs.jsonl' });
    await expect(refused).rejects.toMatchObject({
      diagnostics: [
        { file: 'inputs.jsonl', line: 2, code: 'bad-input' },
        { file: 'inputs.jsonl', line: 3, code: 'unknown-input' },
        { file: 'inputs.jsonl', line: 3, code: 'missing-input' },
      ],
    });
    expect(await env.client.list({ labels: { bulk: 'many-wrong' } })).toEqual([]);
  });

  it('are not mixed up with others of the same id', async () => {
    await startMany({ id: 'many-other', each: each.slice(0, 2) });
    const changed = [each[0]!, { topic: 'beetles' }];
    await expect(startMany({ id: 'many-other', each: changed })).rejects.toThrow(
      'many-other-2 was started with other inputs than line 2 has now',
    );
  });

  it.each([0, 1001, 1.5])('refuse %j at a time', async (parallel) => {
    await expect(startMany({ id: 'many-none', parallel })).rejects.toThrow(`\`parallel\` is ${parallel}`);
  });
});
