import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import type { WorkerSettings } from './settings.ts';

const failureConverterPath = fileURLToPath(new URL('failure-converter.cjs', import.meta.url));

/** Whether what a worker writes is encrypted with a key of whoever runs it. */
function isEncrypted({ temporal }: Pick<WorkerSettings, 'temporal'>): boolean {
  return (temporal.payloadKeys?.current ?? null) !== null;
}

/** The code that a worker loads, marked with what it has to know of the worker; on its first line, so that the source map stays right. */
export function workflowCode(
  settings: WorkerSettings,
  { traces, tellsCancels = false }: { traces: boolean; tellsCancels?: boolean },
): Pick<WorkerOptions, 'workflowBundle'> {
  const { workflowBundle, workflowCode: given, deployment } = settings;
  const codePath = workflowBundle ?? fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (given === undefined && !existsSync(codePath))
    throw new Error(`the workflow bundle ${codePath} is missing: run \`npm run build\``);
  const marks = [
    ...(deployment ? ['globalThis.gafferIsVersioned = true;'] : []), // workflows/base/versioning.ts
    ...(traces ? ['globalThis.gafferTraces = true;'] : []), // workflows/base/trace.ts
    ...(tellsCancels ? ['globalThis.gafferTellsCancels = true;'] : []), // workflows/tell-cancelled.ts
    ...(isEncrypted(settings) ? ['globalThis.gafferHidesFailures = true;'] : []), // workflows/failure-converter.ts
  ];
  if (given === undefined && marks.length === 0) return { workflowBundle: { codePath } };
  return { workflowBundle: { code: marks.join('') + (given ?? readFileSync(codePath, 'utf8')) } };
}

/** How failures outside of workflows are written: as those inside of them. */
export function failureConverterOf(settings: Pick<WorkerSettings, 'temporal'>): { failureConverterPath?: string } {
  return isEncrypted(settings) ? { failureConverterPath } : {};
}
