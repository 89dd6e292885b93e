import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { inSandbox } from '../../../support/tools/sandbox.ts';

const file = path.resolve(import.meta.dirname, '../../../../src/host/sandbox/sandbox.ts');

inSandbox('a look for a sandbox leaves nothing behind, also where the program ends before it knows', async () => {
  const folder = tempFolder();
  const code = `
    import { readdirSync } from 'node:fs';
    import { findSandbox } from ${JSON.stringify(file)};
    const isThere = () => readdirSync(${JSON.stringify(folder)}).some((name) => name.startsWith('gaffer-probe-'));
    void findSandbox({ allowUnsandboxed: false });
    const look = () => (isThere() ? process.exit(3) : setImmediate(look));
    look();`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code];
  const env = { ...process.env, TMPDIR: folder };
  expect(() => execFileSync(process.execPath, args, { env })).toThrow(expect.objectContaining({ status: 3 }));
  expect(readdirSync(folder).filter((name) => name.startsWith('gaffer-'))).toEqual([]);
});
