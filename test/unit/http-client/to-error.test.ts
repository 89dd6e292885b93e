import { describe, expect, it } from 'vitest';
import * as classes from '../../../src/client/errors.ts';
import type { Problem } from '../../../src/contracts/problem.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { UnreachableError, UsageError, type GafferError } from '../../../src/domain/errors.ts';
import { HttpProblemError } from '../../../src/http-client/index.ts';
import { toError } from '../../../src/http-client/to-error.ts';
import { ProblemError, toProblem } from '../../../src/server/problem.ts';
import { registryOf } from '../definition/registry-of.ts';

const refused = { kind: 'refused', code: 'PERMISSION_DENIED' } as const;
const made: GafferError[] = [
  new classes.RunExistsError('r'),
  new classes.RunNotFoundError('r', 'Did you mean s?'),
  new classes.ScheduleNotFoundError('s'),
  new classes.RunRefusedError('no plan'),
  new classes.RefusedError('no'),
  new classes.RunGoesOnError('r', 5),
  new classes.RunClosedError('r'),
  new classes.RunCutOffError('r', 'timed_out'),
  new classes.EvaluationError('r', { runId: 'e', status: 'failed', reason: null }),
  new classes.NoAnswerError('r', 20_000),
  new classes.TemporalRefusedError('may not', refused),
  new UsageError('cannot be meant'),
  new UnreachableError('away'),
];
// There is always something behind a service.
const never: readonly string[] = ['NothingHereError'];

/** As it comes out of the other end of a wire. */
/** @param text what the caller had sent, of which it is shown lines */
function sent(error: unknown, text: string | null = null): GafferError {
  return toError(JSON.parse(JSON.stringify(toProblem(error, text))) as Problem);
}

describe('an error that the service told', () => {
  it.each(made.map((error) => [error.name, error] as const))('is a %s as in the service', (_name, error) => {
    const told = sent(error);
    expect(told).toBeInstanceOf(error.constructor);
    expect(told.message).toBe(error.message);
    expect(Object.entries(told)).toEqual(expect.arrayContaining(Object.entries(error)));
    expect(Object.keys(told)).toHaveLength(Object.keys(error).length);
    expect(told.stack).toContain(error.message.split('\n')[0]);
  });

  it('is known by its class, whatever errors there are', () => {
    const all = Object.keys(classes).filter((name) => name.endsWith('Error') && !never.includes(name));
    expect(made.map(({ name }) => name)).toEqual(expect.arrayContaining(all));
  });

  it('says of a definition all that is wrong, each with its place', () => {
    const text = 'name: x\ndefault_profile: nobody\ntasks:\n  - { id: a, prompt: "${{ inputs.x }}", colour: red }\n';
    const error = failureOf(() =>
      loadPlan({ kind: 'text', text, file: 'x.yaml' }, { agents: registryOf(), cwd: '/' } as never),
    );
    expect(error).toBeInstanceOf(DefinitionError);
    const told = sent(error, text);
    expect(told).toBeInstanceOf(DefinitionError);
    expect((told as DefinitionError).diagnostics).toEqual((error as DefinitionError).diagnostics);
    expect((told as DefinitionError).diagnostics.length).toBeGreaterThan(1);
    expect(told.message).toBe((error as DefinitionError).message);
  });

  it('that has no class here is a problem, whole', () => {
    const error = new ProblemError(403, { code: 'not-allowed', detail: 'this key may only read.' });
    const told = sent(error);
    expect(told).toBeInstanceOf(HttpProblemError);
    expect(told).toMatchObject({
      kind: 'refused',
      status: 403,
      code: 'not-allowed',
      problem: error.problem,
      message: 'this key may only read.',
    });
    expect(sent(new ProblemError(422, { code: 'constructor', detail: 'x' }))).toMatchObject({
      name: 'HttpProblemError',
      kind: 'usage',
    });
  });
});

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
