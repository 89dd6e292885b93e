import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NotTrustedError, openTrustStore } from '../../../src/config/trust-store.ts';
import { checkScripts } from '../../../src/config/trusted-scripts.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { grantTrust, thingAt } from '../../../src/cli/trust/grant-trust.ts';
import { registryOf } from '../definition/registry-of.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

let cwd: string;
beforeEach(() => {
  cwd = tempFolder();
  vi.stubEnv('XDG_CONFIG_HOME', tempFolder());
});

const script = (name: string, body = '') => `export const meta = { name: '${name}', description: 'd' }\n${body}`;
const planOf = (file: string) => loadPlan({ kind: 'file', file }, { agents: registryOf('general'), cwd }).plan;

describe('a script that is to run', () => {
  it('is refused until somebody has looked at it, and again when it is another one', () => {
    const file = join(cwd, 'a.js');
    writeFileSync(file, script('a', 'return 1'));
    expect(() => checkScripts(planOf(file))).toThrow(NotTrustedError);
    expect(() => checkScripts(planOf(file))).toThrow(`gaffer trust ${file}`);
    const { thing, shown } = thingAt(cwd, 'a.js');
    expect(shown).toBe(script('a', 'return 1'));
    grantTrust(thing);
    checkScripts(planOf(file));
    writeFileSync(file, script('a', 'return 2'));
    expect(() => checkScripts(planOf(file))).toThrow(NotTrustedError);
  });

  it('is trusted with each script that it may call', () => {
    writeFileSync(join(cwd, 'a.js'), script('a', `return workflow('b')`));
    writeFileSync(join(cwd, 'b.js'), script('b'));
    grantTrust(thingAt(cwd, 'a.js').thing);
    const plan = planOf(join(cwd, 'a.js'));
    expect(() => checkScripts(plan)).toThrow(join(cwd, 'b.js'));
    grantTrust(thingAt(cwd, 'b.js').thing);
    checkScripts(plan);
  });

  it('is no module that answers for agents: what was trusted as the one is not believed as the other', () => {
    writeFileSync(join(cwd, 'script.mjs'), script('a'));
    grantTrust(thingAt(cwd, 'script.mjs').thing);
    expect(openTrustStore().list()).toMatchObject([{ kind: 'workflow' }]);
  });
});
