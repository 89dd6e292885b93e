import { describe, expect, it } from 'vitest';
import { RunExistsError, RunNotFoundError } from '../../../src/client/errors.ts';
import { ConfigError } from '../../../src/config/config.ts';
import { HomeError } from '../../../src/config/home.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { StackError } from '../../../src/dev/stack-error.ts';
import { UnreachableError, UsageError } from '../../../src/domain/errors.ts';
import { explain } from '../../../src/cli/base/fail.ts';
import { IssueError } from '../../../src/store/issues/issues.ts';
import { IssueImportError } from '../../../src/store/issues/issue-lines.ts';
import { StoreError } from '../../../src/store/store.ts';

const quiet = { isDebug: false };

describe('explain', () => {
  it.each<[Error, number]>([
    [new UsageError('--max-usd'), 2],
    [new ConfigError('CI', 'no'), 2],
    [new DefinitionError([]), 2],
    [new RunExistsError('a'), 2],
    [new RunNotFoundError('a'), 2],
    [new IssueError('not-found', 'no'), 2],
    [new IssueImportError(['line 1']), 2],
    [new UnreachableError('nothing runs'), 4],
    [new StackError('unreachable', 'no server'), 4],
    [new StackError('disk', 'full'), 1],
    [new StackError('refused', 'no complete backup'), 2],
    [new StoreError('unreachable', 'no database'), 4],
    [new StoreError('not-found', 'no plan'), 2],
    [new HomeError('full', 'full'), 1],
    [new TypeError('a bug'), 1],
  ])('maps %o to its exit code', (error, exitCode) => {
    expect(explain(error, quiet).exitCode).toBe(exitCode);
  });

  it('gives the message alone, and says how to see more of an unknown error', () => {
    expect(explain(new UsageError('say --id'), quiet).message).toBe('say --id');
    expect(explain(new TypeError('x is not a function'), quiet).message).toBe(
      'TypeError: x is not a function\nGAFFER_DEBUG=1 shows where this comes from.',
    );
  });

  it('shows the stack and the causes in debug mode', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(explain(error, { isDebug: true }).message).toMatch(/outer\n[\s\S]*fail\.test[\s\S]*caused by Error: inner/);
  });

  it('shows neither passwords nor keys', () => {
    const error = new StoreError('unreachable', 'postgres://me:hunter2@host/db refused, key sk-ant-api03-abc_DEF');
    const { message } = explain(error, quiet);
    expect(message).toBe('postgres://me:…@host/db refused, key sk-ant-…');
  });

  it('names a full disk and the way out', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', path: 'file' });
    expect(explain(error, quiet)).toEqual({
      message: 'the disk is full: file. Make room and run the command again.',
      exitCode: 1,
    });
  });

  it('lets no error text steer the terminal', () => {
    expect(explain(new UsageError('a\x1b[2Jb'), quiet).message).toBe('a␛[2Jb');
  });
});
