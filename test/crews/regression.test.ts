import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createProgram } from '../../src/cli/tree/program.ts';
import type { RegressionReport } from '../../src/client/evaluation/regression.ts';
import type { Rule } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { expectDocumented } from '../support/command/documented.ts';
import { testContext } from '../support/command/test-context.ts';
import { plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const done: Rule = { name: 'done', when: () => true, answer: () => ({ text: 'done' }) };
const refuses: Rule = { ...done, when: (c) => c.prompt === 'Do one.', answer: () => ({ fault: { kind: 'refusal' } }) };

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({ script: { rules: [done] } });
});
afterAll(() => env.close());

async function runs(name: string, ...numbers: number[]): Promise<string[]> {
  const ids = numbers.map((number) => `${name}-${number}`);
  await Promise.all(ids.map((runId) => env.run(plan({ tasks: [task(), task({ id: 'two' })] }), { runId })));
  return ids;
}

async function baselineCheck(...words: string[]): Promise<{ report: RegressionReport; exitCode: number }> {
  const args = ['baseline', 'check', ...words, '--json'];
  const { printed, exitCode } = await gaffer(args);
  expectDocumented(args, printed);
  return { report: JSON.parse(printed) as RegressionReport, exitCode };
}

async function gaffer(args: string[]): Promise<{ printed: string; exitCode: number }> {
  const environment = {
    ...{ XDG_CONFIG_HOME: tempFolder(), DATABASE_URL: env.settings.databaseUrl },
    TEMPORAL_ADDRESS: inject('temporalAddress'),
  };
  const { context, out, err } = testContext(tempFolder(), environment);
  let exitCode = 0;
  const program = createProgram('1', async (load, words, options) => {
    exitCode = (await (await load()).execute(context, words, options)) ?? 0;
  });
  await program.parseAsync(args, { from: 'user' });
  expect(out() + err()).not.toBe('');
  return { printed: out(), exitCode };
}

it('ORCH-020 regression detection: a step that did five times what it never does now is named, and nothing else', async () => {
  const five = [1, 2, 3, 4, 5];
  await runs('before', ...five);
  const same = await baselineCheck(...(await runs('same', 1)));
  expect(same).toMatchObject({ exitCode: 0, report: { by: 'status', breaks: [] } });
  expect(same.report.overall.verdict).toBe('not enough evidence');

  const file = join(tempFolder(), 'baseline.json');
  await gaffer(['baseline', 'save', file, 'before-1', 'same-1']);
  const ofFile = await baselineCheck('same-1', '--file', file);
  expect(ofFile.report.baseline.runs).toEqual(['before-1']);

  env.model.setScript({ rules: [refuses, done] });
  const { report, exitCode } = await baselineCheck(...(await runs('after', ...five)));
  expect(exitCode).toBe(1);
  expect(report.breaks).toMatchObject([{ step: 'one', before: 5, after: 5 }]);
  expect(report.steps.find(({ step }) => step === 'two')!.verdict).not.toBe('worse');
});
