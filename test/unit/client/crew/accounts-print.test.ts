import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differenceOf, printOf } from '../../../../src/client/crew/accounts-print.ts';
import { localWorkers, noteWorker } from '../../../../src/client/crew/worker-files.ts';
import { misfitOf } from '../../../../src/client/start/launch.ts';
import type { LaunchInfo } from '../../../../src/domain/run/launch.ts';
import { loadConfig } from '../../../../src/config/config.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'gaffer-prints-'))));
afterEach(() => rmSync(home, { recursive: true }));

const shell = { ANTHROPIC_API_KEY: 'sk-of-the-test', ANTHROPIC_BASE_URL: 'http://127.0.0.1:4000' };
const launch: LaunchInfo = {
  ...{ taskQueue: 'gaffer', script: null, model: 'anthropic', scriptPort: null },
  ...{ unsandboxedShell: false, webAllow: [] },
};
const configOf = (environment: Record<string, string>) => loadConfig({ cwd: home, environment, ignoresDotEnv: true });

describe('the accounts of a worker of this home', () => {
  it.each([
    ['the same', shell, undefined],
    ['another key', { ...shell, ANTHROPIC_API_KEY: 'sk-other' }, 'has another ANTHROPIC_API_KEY than this command'],
    [
      'another address',
      { ...shell, ANTHROPIC_BASE_URL: 'http://127.0.0.1:4001' },
      'has another ANTHROPIC_BASE_URL than this command',
    ],
    ['no address', { ANTHROPIC_API_KEY: shell.ANTHROPIC_API_KEY }, 'has another ANTHROPIC_BASE_URL than this command'],
    ['no key', {} as Record<string, string>, 'has an ANTHROPIC_API_KEY, and this command has none'],
  ])('are compared with those of a command, which has %s', async (_, environment, misfit) => {
    await noteWorker(home, 'dev', launch, { accounts: printOf(configOf(shell).accounts) });
    const [worker] = await localWorkers(home);
    expect(misfitOf(configOf(environment), worker!, { unsandboxedShell: false })).toBe(misfit);
  });

  it('do not make up for a key of payloads that it does not have', async () => {
    const keys = (...ids: string[]) => ids.map((id) => `${id}:${Buffer.alloc(32).toString('base64')}`).join(',');
    const misfit = (id: string, has?: string[]) =>
      misfitOf(
        configOf({ ...shell, GAFFER_PAYLOAD_KEYS: keys(id) }),
        { launch, ...(has && { payloadKeys: has }) },
        { unsandboxedShell: false },
      );
    expect(misfit('b', ['a', 'b'])).toBeUndefined();
    for (const has of [['a'], undefined]) {
      expect(misfit('b', has)).toBe('was started without the key "b" of GAFFER_PAYLOAD_KEYS');
    }
  });

  it('are noted without a key or an address, and otherwise each time', async () => {
    const { accounts } = configOf(shell);
    await noteWorker(home, 'dev', launch, { accounts: printOf(accounts) });
    const folder = join(home, 'workers');
    const text = readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8');
    expect(text).not.toMatch(/sk-of-the-test|4000/);
    expect(printOf(accounts).keys).not.toEqual(printOf(accounts).keys);
    expect(differenceOf(printOf(accounts), accounts)).toBeNull();
  });

  it('of an earlier version are nobody’s, and fit as before', async () => {
    await noteWorker(home, 'dev', launch);
    const [worker] = await localWorkers(home);
    expect(misfitOf(configOf(shell), worker!, { unsandboxedShell: false })).toBeUndefined();
  });
});
