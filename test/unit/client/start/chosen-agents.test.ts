import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chosenAgents } from '../../../../src/client/start/chosen-agents.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'gaffer-chosen-'));
  mkdirSync(join(cwd, 'mine'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('what `agents` says', () => {
  it('is folders, and names of agents otherwise', () => {
    expect(chosenAgents(cwd, ['mine', 'manager, backend-dev', 'plugin/reviewer', 'manager'])).toEqual({
      ...{ folders: [join(cwd, 'mine')], names: ['manager', 'backend-dev', 'plugin/reviewer'] },
    });
  });

  it.each(['./absent', '/absent', '~/absent', 'absent/'])('is a folder that is not there: %s', (given) => {
    expect(() => chosenAgents(cwd, [given])).toThrow('`agents`: there is no folder');
  });

  it.each(['', 'a,', 'a,..', 'a\0b', 'a,../../etc/passwd', 'a\u001b[2J', 'x'.repeat(300)])(
    'is no name: %j',
    (given) => {
      expect(() => chosenAgents(cwd, [given])).toThrow('is no name of an agent');
    },
  );
});
