import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/client/connection/session.ts';
import { launchRun } from '../../../../src/client/start/launch.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { plan } from '../../../support/plan/builders.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

describe('a run whose work outlives the process that starts it', () => {
  it.each([null, '/somewhere/script.mjs'])('gets no worker of that process, with the script %s', async (script) => {
    const home = tempFolder();
    mkdirSync(join(home, 'workers'));
    let undone = false;
    const session = {
      ...{
        home,
        config: loadConfig({ cwd: home, environment: {}, ignoresDotEnv: true }),
        startsWorkers: true,
        workOutlives: true,
        taskQueue: undefined,
      },
      ...{ crews: new Map(), servers: async () => ({ ownsStack: false }), say: () => undefined },
    } as unknown as Session;
    const settings = { plan: plan({}), runId: 'r', board: undefined, agentsDirs: [], script, unsandboxedShell: false };
    const undo = async (): Promise<void> => void (undone = true);
    await expect(launchRun(session, { ...settings, undo })).rejects.toThrow(/no background stack is at work/);
    expect(undone).toBe(true);
    expect(session.crews.size).toBe(0);
  });
});
