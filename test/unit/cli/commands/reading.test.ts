import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as approvals from '../../../../src/cli/commands/approvals.ts';
import * as cancel from '../../../../src/cli/commands/cancel.ts';
import { pause } from '../../../../src/cli/commands/control.ts';
import * as issues from '../../../../src/cli/commands/issues.ts';
import * as rm from '../../../../src/cli/commands/rm.ts';
import * as rollback from '../../../../src/cli/commands/rollback.ts';
import * as runs from '../../../../src/cli/commands/runs.ts';
import * as show from '../../../../src/cli/commands/show.ts';
import * as transcript from '../../../../src/cli/commands/transcript.ts';
import * as watch from '../../../../src/cli/commands/watch.ts';
import { testContext } from '../../../support/command/test-context.ts';

const cwd = mkdtempSync(join(tmpdir(), 'gaffer-reading-'));
afterAll(() => rmSync(cwd, { recursive: true }));

describe('reading where nothing ever ran', () => {
  it.each([
    ['runs', runs, [], 'No runs yet'],
    ['approvals', approvals, [], 'Nothing waits'],
    ['issues list', issues.list, [], 'No issues'],
  ])('%s has nothing to show, also as JSON, and makes nothing', async (_, verb, args, words) => {
    const people = testContext(cwd);
    const program = testContext(cwd);
    expect(await verb.execute(people.context, args, { limit: '20' })).toBe(0);
    expect(await verb.execute(program.context, args, { limit: '20', json: true })).toBe(0);
    expect(people.err()).toContain(words);
    expect(program.out()).toBe('[]\n');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    ['show', show.execute],
    ['transcript', transcript.execute],
    ['approvals of a run', approvals.execute],
    ['cancel', cancel.execute],
    ['pause', pause.execute],
    ['rm', rm.execute],
    ['rollback', rollback.execute],
    ['watch', watch.execute],
  ])('%s says that nothing is stored here, and makes nothing', async (_, execute) => {
    await expect(execute(testContext(cwd).context, ['crew-x7k2'], {})).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('nothing is stored in'),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });
});
