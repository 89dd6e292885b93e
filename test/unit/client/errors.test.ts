import { describe, expect, it } from 'vitest';
import { RunCutOffError, RunExistsError } from '../../../src/client/errors.ts';

describe('RunCutOffError', () => {
  it.each([
    ['terminated', 'terminated', 'was terminated in Temporal'],
    ['timed_out', 'timed-out', 'timed out in Temporal'],
    ['failed', 'failed', 'failed in Temporal without a result'],
    ['completed', 'completed', 'is completed in Temporal, but the database has no result of it'],
    ['gone', 'gone', 'has no result, and Temporal knows it no more'],
    ['odd', 'odd', 'was closed by Temporal (odd)'],
  ])('says of one that is %s what happened, and the way out', (closedAs, status, words) => {
    expect(new RunCutOffError('r', closedAs)).toMatchObject({
      status,
      message: `run r ${words}, so it could not undo anything: \`gaffer rollback r\` undoes what it did; \`gaffer retry r\` keeps that and goes on with a new run`,
    });
  });

  it('names the reason that was given', () => {
    expect(new RunCutOffError('r', 'terminated', 'boom').message).toMatch(
      /^run r was terminated in Temporal \(boom\), /,
    );
  });
});

it('an id of which nothing is here leads to no command that finds nothing', () => {
  expect(new RunExistsError('r').message).toContain('look at it with `gaffer show r`');
  expect(new RunExistsError('r', false).message).toMatch(
    /^there is already a run r in Temporal, .*choose another `id`$/,
  );
  expect(new RunExistsError('r', false).message).not.toContain('gaffer show');
});
