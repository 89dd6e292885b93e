import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** Gives the tests of a file a state folder of their own, in which worktrees stand; call it before anything opens that works there. */
export function useStateHome(): void {
  const state = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-state-')));
  const before = process.env['XDG_STATE_HOME'];
  beforeAll(() => void (process.env['XDG_STATE_HOME'] = state));
  afterAll(() => {
    rmSync(state, { recursive: true, force: true });
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
  });
}
