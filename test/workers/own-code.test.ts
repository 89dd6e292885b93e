import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bundleWorkflows, createWorker } from '../../src/client/worker.ts';
import { choosePort } from '../../src/host/ports.ts';

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

  it("bundles interceptors before Gaffer's workflows, too", async () => {
    const module = ownFile('spans.ts', 'export const interceptors = () => ({ inbound: [], mark: "of-my-spans" });\n');
    const { code } = await bundleWorkflows({ workflowInterceptorModules: [module] });
    expect(code).toContain('of-my-spans');
  });

  it('says what is wrong with workflows that cannot be bundled', async () => {
    const workflowsPath = ownFile('broken.ts', "export { nothing } from './nowhere';\n");
    await expect(bundleWorkflows({ workflowsPath })).rejects.toThrow(
      /^the workflows cannot be bundled: ERROR in .*nowhere/s,
    );
  });
});

describe('createWorker', () => {
  let port: number;
  beforeAll(async () => void (port = await choosePort()));
  // The first worker of a process decides where metrics are, also one that is refused later.
  const given = () => ({
    metrics: String(port),
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

  it('refuses sizes and versions that cannot be meant, and interceptors of workflows beside a bundle', async () => {
    const wrong = [
      [{ tuning: { tools: 0 } }, 'tuning.tools is 0'],
      [
        { env: { GAFFER_HOME: join(folder, 'home'), GAFFER_WORKER_CPU: '50%' }, tuning: { tools: 1 } },
        'GAFFER_WORKER_CPU',
      ],
      [{ deployment: { name: 'a.b', buildId: '1' } }, 'deployment.name "a.b"'],
      [{ metrics: 'here' }, 'metrics: "here" must be a port'],
      [{ workflowInterceptorModules: ['a.ts'] }, 'give them to bundleWorkflows'],
    ] as const;
    for (const [options, message] of wrong) {
      await expect(createWorker({ ...given(), ...options } as never)).rejects.toThrow(message);
    }
  });

  it('works until it is stopped', async () => {
    mkdirSync(join(folder, 'agents'), { recursive: true });
    const said: string[] = [];
    const worker = await createWorker({
      ...{ ...given(), agents: ['agents'], say: (line: string) => said.push(line) },
      ...{ tuning: { activities: 5, cachedWorkflows: 50 } },
      deployment: { name: `own-${process.pid}`, buildId: '1.0' },
    });
    expect(worker.taskQueue).toBe(`own-${process.pid}`);
    expect(said.join('\n')).toContain(`Version 1.0 of deployment own-${process.pid}`);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(
      new RegExp(`temporal_worker_task_slots_available.*task_queue="own-${process.pid}".*\\s[0-5]$`, 'm'),
    );
    expect(said.at(-1)).toContain(`Working on task queue own-${process.pid}`);
    const running = worker.run();
    await worker.stop();
    await expect(running).resolves.toBeUndefined();
  });
});
