import { execFileSync } from 'node:child_process';
import { afterAll, it } from 'vitest';
import { createBashTool } from '../../../src/tools/shell/bash.ts';
import { findSandbox } from '../../../src/host/sandbox/sandbox.ts';
import { patient } from '../base/patience.ts';
import { tempFolder } from '../base/temp-folder.ts';
import { toolCall } from './tool-call.ts';

const found = await findSandbox({ allowUnsandboxed: false });
/** How commands are sandboxed here. */
export const sandbox = found;
const hasSandbox = found.sandbox === 'bubblewrap';
let count = 0;

/** A test that needs a sandbox; those left out are counted and printed. */
export function inSandbox(title: string, body: () => Promise<void>, timeoutMs = 60_000): void {
  count++;
  it.skipIf(!hasSandbox)(title, { timeout: patient(timeoutMs) }, body);
}

afterAll(() => {
  if (!hasSandbox) process.stderr.write(`${count} sandbox tests were left out: ${found.reason}\n`);
});

/** Runs a command as an agent does. */
export function runInSandbox(command: string, workspace = tempFolder(), seconds = 30) {
  const input = { command, timeout_seconds: seconds };
  return createBashTool(found).run(input, toolCall({ workspace }), new AbortController().signal);
}

/** Git as the user of a workspace runs it, with no settings but those of the repository. */
export function userGit(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@localhost'];
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', [...identity, ...args], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' }).trim();
}
