import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Names of the patches of {@link buildNextVersion}, as histories hold them. */
export const nextPatches = { agentLoop: 'look-up', phase: 'phase-note' } as const;

/** Workflow code of a version that comes after this one. */
export interface NextVersion {
  /** Path of its bundle. */
  workflowBundle: string;
  remove(): void;
}

/** Builds the workflow code of the next version: a step more in the agent's loop, and an event more of each phase, behind `patched`. */
export async function buildNextVersion(): Promise<NextVersion> {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-next-version-'));
  for (const part of ['workflows', 'script', 'domain', 'contracts', 'definition']) {
    cpSync(join(root, 'src', part), join(folder, 'src', part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // As few places as can be: whoever changes these files must not have to know of this one.
  change(
    join(folder, 'src/workflows/task/agent-loop.ts'),
    '    await link.gate();\n    const answer',
    `    await link.gate();\n    if (patched('${nextPatches.agentLoop}')) await wait(1);\n    const answer`,
  );
  change(
    join(folder, 'src/workflows/run/phase-clock.ts'),
    '    this.#books.display.set({ phase });',
    `    this.#books.display.set({ phase });\n    if (patched('${nextPatches.phase}')) this.#books.emit({ key: \`note/\${index}\`, type: 'run:limits', by: 'next version', detail: phase });`,
  );
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(folder, 'src/workflows/index.ts'),
    workflowInterceptorModules: [join(folder, 'src/workflows/refuse-foreign.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  const workflowBundle = join(folder, 'bundle.js');
  writeFileSync(workflowBundle, code);
  return { workflowBundle, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} holds no ${from}`);
  writeFileSync(file, `import { patched, sleep as wait } from '@temporalio/workflow';\n${text.replace(from, to)}`);
}
