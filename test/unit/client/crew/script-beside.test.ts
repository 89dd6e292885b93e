import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkScriptAgain, scriptBeside } from '../../../../src/client/crew/script-beside.ts';
import { grantTrust, thingAt } from '../../../../src/cli/trust/grant-trust.ts';
import { plan } from '../../../support/plan/builders.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

let cwd: string;
let path: string;
beforeEach(() => {
  vi.stubEnv('XDG_CONFIG_HOME', tempFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  cwd = tempFolder();
  path = join(cwd, 'script.mjs');
  writeFileSync(path, 'throw new Error("a stranger\'s code has run");');
});

const look = (file = 'workflow.yaml', environment: Record<string, string> = {}) =>
  scriptBeside(loadConfig({ cwd, environment }), { cwd, file, plan: plan() });

describe('a script.mjs beside a workflow file', () => {
  it('is only named, until it is trusted, and again when it has changed', async () => {
    expect(await look()).toEqual({ script: null, note: expect.stringContaining('gaffer trust script.mjs') as string });
    grantTrust(thingAt(cwd, 'script.mjs').thing);
    expect(await look()).toEqual({ script: path, note: null });
    await checkScriptAgain(path);
    writeFileSync(path, 'throw new Error("an agent wrote this");');
    expect(await look()).toMatchObject({ script: null });
    await expect(checkScriptAgain(path)).rejects.toThrow(`${path} is no longer what was trusted`);
  });

  it('answers for the examples that come with Gaffer', async () => {
    const file = resolve('examples/feature-graph/workflow.yaml');
    expect(await look(file)).toEqual({ script: resolve('examples/feature-graph/script.mjs'), note: null });
  });

  it('is of no interest where a real model answers, or where there is none', async () => {
    expect(await look('workflow.yaml', { ANTHROPIC_API_KEY: 'key' })).toEqual({ script: null, note: null });
    expect(await look('elsewhere/workflow.yaml')).toEqual({ script: null, note: null });
  });

  it('needs no trust to go on with where its starter had named it', async () => {
    await checkScriptAgain(path);
    await checkScriptAgain(null);
    await checkScriptAgain(join(cwd, 'gone.mjs'));
  });
});
