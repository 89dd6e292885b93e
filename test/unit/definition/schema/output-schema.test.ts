import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { Check } from '../../../../src/cli/work/check.ts';
import { createProgram } from '../../../../src/cli/tree/program.ts';
import { toErrorJson } from '../../../../src/cli/base/fail.ts';
import { RunNotFoundError } from '../../../../src/client/errors.ts';
import { toRunView } from '../../../../src/client/follow/to-run-view.ts';
import type { ManyReport } from '../../../../src/client/bulk/many.ts';
import type { RunCheckpoint, RunContext } from '../../../../src/client/run.ts';
import type { RunView } from '../../../../src/client/run-view.ts';
import type { RunEntry, WaitingEntry } from '../../../../src/client/runs.ts';
import { outputJsonSchema, outputShapes } from '../../../../src/definition/schema/output-schema.ts';
import type { RunResult } from '../../../../src/domain/run/run-result.ts';
import type { RunRow } from '../../../../src/store/store.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

type Shape<Verb extends keyof typeof outputShapes> = z.output<(typeof outputShapes)[Verb]>;
/** Keys that are printed and not documented. */
type Undocumented<Printed, Documented> = Exclude<keyof Printed, keyof Documented>;

describe('schema/output.schema.json', () => {
  it('is what zod gives now (else run npm run schema)', () => {
    const committed = readFileSync(new URL('../../../../schema/output.schema.json', import.meta.url), 'utf8');
    expect(committed).toBe(outputJsonSchema());
  });

  it('has a shape for every verb with --json', () => {
    const withJson = createProgram('1', () => Promise.resolve()).commands.flatMap((command) =>
      [command, ...command.commands].flatMap((each) => {
        const name = each === command ? each.name() : `${command.name()} ${each.name()}`;
        return each.options.some(({ long }) => long === '--json') ? [name] : [];
      }),
    );
    expect(Object.keys(outputShapes).sort()).toEqual([...withJson, 'error'].sort());
  });

  // The compiler looks at these: a key that goes, gets another type or is not documented is a mistake.
  it('says of each key what is printed', () => {
    expectTypeOf<RunResult>().toExtend<Shape<'cancel'>>();
    expectTypeOf<RunView>().toExtend<Shape<'show'>>();
    expectTypeOf<RunEntry[]>().toExtend<Shape<'runs'>>();
    expectTypeOf<WaitingEntry[]>().toExtend<Shape<'approvals'>>();
    expectTypeOf<RunContext[]>().toExtend<Shape<'transcript'>>();
    expectTypeOf<RunCheckpoint[]>().toExtend<Shape<'checkpoints'>>();
    expectTypeOf<Check[]>().toExtend<Shape<'doctor'>>();
    expectTypeOf<Undocumented<RunResult, Shape<'cancel'>>>().toBeNever();
    expectTypeOf<Undocumented<RunResult['summary'], Shape<'cancel'>['summary']>>().toBeNever();
    expectTypeOf<Undocumented<RunResult['tasks'][string], Shape<'cancel'>['tasks'][string]>>().toBeNever();
    expectTypeOf<Undocumented<RunView, Shape<'show'>>>().toBeNever();
    expectTypeOf<Undocumented<RunView['tasks'][string], Shape<'show'>['tasks'][string]>>().toBeNever();
    expectTypeOf<Undocumented<NonNullable<RunView['lineage']>, NonNullable<Shape<'show'>['lineage']>>>().toBeNever();
    expectTypeOf<Undocumented<RunEntry, Shape<'runs'>[number]>>().toBeNever();
    expectTypeOf<ManyReport>().toExtend<Shape<'run'>>();
    expectTypeOf<Undocumented<WaitingEntry, Shape<'approvals'>[number]>>().toBeNever();
  });

  it('fits a run that goes on, and an error', () => {
    const { definitions } = JSON.parse(outputJsonSchema()) as { definitions: Record<string, object> };
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const fits = (verb: string, text: string): unknown => {
      const validate = ajv.compile({ ...definitions[verb], definitions });
      return validate(JSON.parse(text)) ? [] : validate.errors;
    };
    const error = new RunNotFoundError('a');
    expect(fits('error', toErrorJson(error, { kind: error.kind, message: error.message, exitCode: 2 }))).toEqual([]);
    const state = stateAfter(...startedRun(['plan']), {
      ...{ type: 'approval:requested', approvalId: 'before/x', taskId: 'x', what: 'start', detail: '', by: ['lead'] },
      ...{ needed: 2, deadline: null },
    });
    const row = {
      ...{ runId: 'demo-1', workflow: 'demo', result: null, reason: null, startedAt: '2026-11-21T10:00:00.000Z' },
      ...{ endedAt: null, workspace: '/w', board: 'demo-1', lineage: null },
    } as unknown as RunRow;
    const view = toRunView({ row, state, status: 'waiting', stuck: null, workspaces: {} }, Date.now());
    expect(fits('show', JSON.stringify(view))).toEqual([]);
    expect(fits('show', JSON.stringify({ ...view, waiting: null }))).not.toEqual([]);
  });
});
