import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { bundleWorkflows, createWorker } from '../../src/client/worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaffer-own-code-'));
const source = fileURLToPath(new URL('../../src/workflows/', import.meta.url));

function ownFile(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bundleWorkflows', () => {
  it("refuses workflows that have names of Gaffer's", async () => {
    const workflowsPath = ownFile(
      'clash.ts',
      'export async function orchestrate() {}\nexport async function mine() {}\n',
    );
    await expect(bundleWorkflows({ workflowsPath })).rejects.toThrow(/clash\.ts exports orchestrate, and workflows of/);
  });

  it("takes Gaffer's own workflows that are exported again, as before there was a worker for that", async () => {
    const again = `export { agentTask } from '${source}building-blocks.ts';\nexport async function mine() {}\n`;
    const { code } = await bundleWorkflows({ workflowsPath: ownFile('again.ts', again) });
    expect(code).toContain('function mine()');
    expect(code).toContain('function orchestrate(');
  });

  it('says what is wrong with workflows that cannot be bundled', async () => {
    const workflowsPath = ownFile('broken.ts', "export { nothing } from './nowhere';\n");
    await expect(bundleWorkflows({ workflowsPath })).rejects.toThrow(
      /^the workflows cannot be bundled: ERROR in .*nowhere/s,
    );
  });
});

describe('createWorker', () => {
  const given = () => ({
    temporal: inject('temporal'),
    databaseUrl: inject('databaseUrl'),
    cwd: folder,
    env: { GAFFER_HOME: join(folder, 'home') },
    taskQueue: `own-${process.pid}`,
    workflowBundle: { codePath: inject('workflowBundle') },
  });

  it("refuses activities that have names of Gaffer's, and two sources of workflows", async () => {
    const activities = { callModel: async () => undefined };
    await expect(createWorker({ ...given(), activities })).rejects.toThrow(/Gaffer's own are called callModel too/);
    const both = { workflowsPath: 'a.ts', workflowBundle: { code: '' } } as never;
    await expect(createWorker(both)).rejects.toThrow('give workflowsPath or workflowBundle, not both');
  });

  it('works until it is stopped', async () => {
    mkdirSync(join(folder, 'agents'), { recursive: true });
    const said: string[] = [];
    const worker = await createWorker({ ...given(), agents: ['agents'], say: (line) => said.push(line) });
    expect(worker.taskQueue).toBe(`own-${process.pid}`);
    expect(said.at(-1)).toContain(`Working on task queue own-${process.pid}`);
    const running = worker.run();
    await worker.stop();
    await expect(running).resolves.toBeUndefined();
  });
});
