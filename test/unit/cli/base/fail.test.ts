import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  EvaluationError,
  NoAnswerError,
  RefusedError,
  RunClosedError,
  RunCutOffError,
  RunExistsError,
  RunGoesOnError,
  ScheduleNotFoundError,
  NothingHereError,
  RunNotFoundError,
  RunRefusedError,
  TemporalRefusedError,
} from '../../../../src/client/errors.ts';
import { TriggerExistsError } from '../../../../src/client/hooks/triggers.ts';
import { HookNotFoundError } from '../../../../src/client/hooks/webhooks.ts';
import { ConfigError } from '../../../../src/config/environment.ts';
import { HomeError } from '../../../../src/config/home-error.ts';
import type { Diagnostic } from '../../../../src/definition/source/diagnostic.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { OutOfBoundsError } from '../../../../src/client/access/caller-bounds.ts';
import { EditError } from '../../../../src/definition/edit/edit-error.ts';
import { FileChangedError, NoWorkflowFileError } from '../../../../src/client/drafts/workflow-text.ts';
import { StackError } from '../../../../src/dev/stack-error.ts';
import type { ErrorKind } from '../../../../src/domain/errors.ts';
import { NotTrustedError, TrustStoreError } from '../../../../src/config/trust-store.ts';
import { UnreachableError, UsageError } from '../../../../src/domain/errors.ts';
import { NotLookedAtError } from '../../../../src/cli/templates/add.ts';
import { explain, toErrorJson } from '../../../../src/cli/base/fail.ts';
import { PayloadKeyError } from '../../../../src/host/payloads/payload-keys.ts';
import { SecretKeyError } from '../../../../src/host/payloads/sealed-secret.ts';
import { HttpProblemError } from '../../../../src/http-client/http-problem-error.ts';
import { IssueError } from '../../../../src/store/issues/issues.ts';
import { IssueImportError } from '../../../../src/store/issues/issue-lines.ts';
import { StoreError } from '../../../../src/store/store.ts';

const quiet = { isDebug: false };
const source = fileURLToPath(new URL('../../../../src', import.meta.url));

const diagnostic: Diagnostic = {
  ...{ severity: 'error', code: 'code', message: '`limits.usd`', hint: 'give it: `inputs.a-b`', frame: '> `id`' },
  ...{ file: 'crew.yaml', line: 1, column: 1, path: '' },
};

type Row = [error: Error, kind: ErrorKind, exitCode: number];
const ofHome = (reason: HomeError['reason']): Row => [new HomeError(reason, 'no'), 'failed', 1];
const ofStack = (reason: StackError['reason']): Row => [new StackError(reason, 'no'), 'unreachable', 4];
const ofStore = (reason: StoreError['reason']): Row => [new StoreError(reason, 'no'), 'unreachable', 4];
const ofIssue = (reason: IssueError['reason']): Row => [new IssueError(reason, 'no'), 'conflict', 2];
const ofService = (status: number, kind: ErrorKind, exitCode: number): Row => [
  new HttpProblemError({ type: 'about:blank', title: 'No', status, detail: 'no', code: 'no' }),
  kind,
  exitCode,
];

/** Every class that people see, with each kind that it can have. */
const errors: Row[] = [
  [new UsageError('--max-usd'), 'usage', 2],
  [new ConfigError('CI', 'no'), 'usage', 2],
  [new DefinitionError([]), 'usage', 2],
  [new IssueImportError(['line 1']), 'usage', 2],
  [new RunNotFoundError('a'), 'not-found', 2],
  [new NothingHereError('here'), 'not-found', 2],
  [new ScheduleNotFoundError('nightly'), 'not-found', 2],
  [new HookNotFoundError('no'), 'not-found', 2],
  [new TriggerExistsError('no'), 'conflict', 2],
  [new SecretKeyError('no'), 'refused', 2],
  [new RunGoesOnError('a', 1000), 'failed', 1],
  [new RunExistsError('a'), 'conflict', 2],
  [new RunClosedError('a'), 'conflict', 2],
  [new NotTrustedError({ kind: 'env', path: '/p/.env', hash: '' }, 'It asks.'), 'needs-person', 6],
  [new NotLookedAtError('look first'), 'needs-person', 6],
  [new EditError('there is no such task'), 'usage', 2],
  [new NoWorkflowFileError('no'), 'not-found', 2],
  [new FileChangedError('another one', null), 'conflict', 2],
  [new OutOfBoundsError([{ path: 'workspace', message: 'outside.' }]), 'needs-person', 6],
  [new TrustStoreError('cannot be written'), 'failed', 1],
  [new RefusedError('no'), 'refused', 2],
  [new RunRefusedError('no'), 'failed', 1],
  [new RunCutOffError('a', 'terminated'), 'failed', 1],
  [new EvaluationError('a', { runId: 'b', status: 'cancelled', reason: null }), 'failed', 1],
  [new NoAnswerError('a', 1000), 'unreachable', 4],
  [new TemporalRefusedError('no', { kind: 'refused', code: 'PERMISSION_DENIED' }), 'refused', 2],
  [new PayloadKeyError('no such key'), 'refused', 2],
  [new UnreachableError('nothing runs'), 'unreachable', 4],
  ...(['not-writable', 'full', 'not-a-folder', 'not-yours'] as const).map(ofHome),
  [new StackError('disk', 'full'), 'failed', 1],
  [new StackError('refused', 'no complete backup'), 'refused', 2],
  ...(['port-taken', 'no-server', 'version-mismatch', 'database'] as const).map(ofStack),
  ...(['no-account', 'unreachable', 'busy'] as const).map(ofStack),
  ...[401, 403].map((status) => ofService(status, 'refused', 2)),
  ...[404, 410].map((status) => ofService(status, 'not-found', 2)),
  ...[409, 412].map((status) => ofService(status, 'conflict', 2)),
  ...[408, 429, 502, 503, 504].map((status) => ofService(status, 'unreachable', 4)),
  ofService(422, 'usage', 2),
  ofService(500, 'failed', 1),
  [new StoreError('not-found', 'no plan'), 'not-found', 2],
  ...(['unreachable', 'foreign', 'newer', 'changed-migration'] as const).map(ofStore),
  [new IssueError('not-found', 'no'), 'not-found', 2],
  ...(['taken', 'waits', 'not-yours', 'wrong-status', 'cycle', 'nothing-ready'] as const).map(ofIssue),
];

describe('explain', () => {
  it.each(errors)('says of %o that it is of the kind %s, with exit code %i', (error, kind, exitCode) => {
    expect(explain(error, quiet)).toMatchObject({ kind, exitCode });
  });

  it('knows every class of error that is meant for people', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const texts = files.map((file) => readFileSync(`${source}/${file}`, 'utf8'));
    const names = texts.flatMap((text) =>
      [...text.matchAll(/class (\w+) extends GafferError/g)].map(([, name]) => name!),
    );
    expect([...new Set(errors.map(([error]) => error.name))].sort()).toEqual(names.sort());
  });

  it.each([new TypeError('a bug'), new Error('no'), 'a text', undefined])('takes %o for a failure', (error) => {
    expect(explain(error, quiet)).toMatchObject({ kind: 'failed', exitCode: 1 });
  });

  it('gives the message alone, and says how to see more of an unknown error', () => {
    expect(explain(new UsageError('say --id'), quiet).message).toBe('say --id');
    expect(explain(new TypeError('x is not a function'), quiet).message).toBe(
      'TypeError: x is not a function\nGAFFER_DEBUG=1 shows where this comes from.',
    );
  });

  it.each<[Error, string]>([
    [new RunExistsError('a'), 'there is already a run a: choose another --id, or look at it with `gaffer show a`'],
    [
      new UsageError('`set` prompt.a: no; leave `worktree` out, `from`'),
      '--set prompt.a: no; leave --worktree out, --from',
    ],
    [new UsageError('`run` and `id here` stay'), '`run` and `id here` stay'],
    [
      new DefinitionError([diagnostic]),
      'crew.yaml:1:1: error: --max-usd (code)\n> `id`\n  hint: give it: --input a-b=…',
    ],
  ])('names the options of the client as the flags that a command has: %s', (error, message) => {
    expect(error.message).toContain('`');
    expect(explain(error, quiet).message).toContain(message);
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
      kind: 'failed',
      message: 'the disk is full: file. Make room and run the command again.',
      exitCode: 1,
    });
  });

  it('lets no error text steer the terminal', () => {
    expect(explain(new UsageError('a\x1b[2Jb'), quiet).message).toBe('a␛[2Jb');
  });
});

describe('toErrorJson', () => {
  const json = (error: unknown): unknown => JSON.parse(toErrorJson(error, explain(error, quiet)));

  it('tells class, kind, message and exit code, and what is wrong with a definition', () => {
    expect(json(new RunNotFoundError('a'))).toEqual({
      error: {
        type: 'RunNotFoundError',
        kind: 'not-found',
        message: 'there is no run "a" here: `gaffer runs` lists those there are.',
        exitCode: 2,
      },
    });
    expect(json(new DefinitionError([]))).toMatchObject({ error: { type: 'DefinitionError', diagnostics: [] } });
  });

  it('names no class of ours for what is a mistake of ours', () => {
    expect(json(new TypeError('a bug'))).toMatchObject({ error: { type: 'Error', kind: 'failed', exitCode: 1 } });
  });
});
