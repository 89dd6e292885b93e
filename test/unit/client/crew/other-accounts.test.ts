import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/config.ts';
import { printOf } from '../../../../src/client/crew/accounts-print.ts';
import { otherAccountsNote } from '../../../../src/client/crew/other-accounts.ts';
import { identify } from '../../../../src/host/process-identity.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

const accountsOf = (environment: Record<string, string>) => loadConfig({ cwd: tempFolder(), environment }).accounts;
const launch = {
  ...{ taskQueue: 'gaffer', model: 'anthropic' as const, script: null, scriptPort: null },
  ...{ unsandboxedShell: false, webAllow: [] },
};

/** A home in which a living process, which is not this one, works with that key. */
function homeWithWorker(key: string): string {
  const home = tempFolder();
  mkdirSync(join(home, 'workers'));
  const accounts = printOf(accountsOf({ ANTHROPIC_API_KEY: key }));
  const note = { process: identify(process.ppid)!, role: 'dev', launch, accounts };
  writeFileSync(join(home, 'workers', `${process.ppid}.json`), JSON.stringify(note));
  return home;
}

it.each([
  ['the same key', { ANTHROPIC_API_KEY: 'sk-a' }, 'gaffer', null],
  ['no key', {}, 'gaffer', null],
  ['another queue', { ANTHROPIC_API_KEY: 'sk-b' }, 'gaffer-r', null],
  ['another key', { ANTHROPIC_API_KEY: 'sk-b' }, 'gaffer', /has another ANTHROPIC_API_KEY .* `gaffer down` ends it/],
  [
    'another address',
    { ANTHROPIC_API_KEY: 'sk-a', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
    'gaffer',
    /has another ANTHROPIC_BASE_URL /,
  ],
])(
  'a command with %s says so where a worker of this home works on the run with its own',
  async (_, env, taskQueue, said) => {
    const config = loadConfig({ cwd: tempFolder(), environment: env as Record<string, string> });
    const row = { runId: 'r', launch: { ...launch, taskQueue } };
    const note = await otherAccountsNote({ home: homeWithWorker('sk-a'), config }, row);
    if (said === null) expect(note).toBeNull();
    else expect(note).toMatch(said);
  },
);
