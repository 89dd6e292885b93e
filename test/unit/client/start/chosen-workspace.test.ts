import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkChosenWorkspaces } from '../../../../src/client/start/chosen-workspace.ts';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import { fileToTrust, NotTrustedError, openTrustStore } from '../../../../src/config/trust-store.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

let cwd: string;
let file: string;
beforeEach(() => {
  vi.stubEnv('XDG_CONFIG_HOME', tempFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  cwd = tempFolder();
  file = path.join(cwd, 'workflow.yaml');
  mkdirSync(path.join(cwd, 'agents'));
  writeFileSync(path.join(cwd, 'agents/dev.md'), '---\nname: dev\n---\nWork.\n');
});

function write(workspace: string): void {
  writeFileSync(file, `default_profile: dev\nworkspace: ${workspace}\ntasks:\n  - { id: a, prompt: x }\n`);
}

const load = () => loadDefinition({ kind: 'file', file }, { cwd, looksForFolders: true });
const check = async (loaded: Awaited<ReturnType<typeof load>>) =>
  checkChosenWorkspaces(loaded, { cwd, file, isGiven: false });
const trust = () => openTrustStore().grant(fileToTrust('workspace', file, readFileSync(file, 'utf8')));

describe('a workflow file that has agents work elsewhere', () => {
  it('is asked about, and not again as long as it stays what it was', async () => {
    write(tempFolder());
    await expect(check(await load())).rejects.toThrow(NotTrustedError);
    trust();
    await check(await load());
  });

  it('is not what was trusted when that takes its place only after it was read', async () => {
    write(tempFolder());
    const loaded = await load();
    write(tempFolder());
    trust();
    await expect(check(loaded)).rejects.toThrow(NotTrustedError);
  });
});
