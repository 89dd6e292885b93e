/*
 * W1 One bundle holds Gaffer's workflows and one's own, so that one worker works on both.
 * W2 Whatever imports Temporal's library gets the copy that the worker has: two of them do not know each other's state.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { BundleOptions } from '@temporalio/worker';
import { undoneAtExit } from '../host/exit/undone-at-exit.ts';
import { UsageError } from '../domain/errors.ts';

type WebpackHook = NonNullable<BundleOptions['webpackConfigHook']>;

// The SDK keeps a stack for every promise: at ten frames a sixth of a worker's CPU with many small runs, at three a twentieth. On the
// first line, so that the source map stays right.
const shortTraces = 'Error.stackTraceLimit = 3; ';

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const gaffer = fileURLToPath(new URL(`../workflows/index.${ending}`, import.meta.url));

/** What stands between Temporal and every workflow of a bundle. */
const ownInterceptorModules = ['refuse-foreign', 'trace-steps', 'tell-cancelled'].map((name) =>
  fileURLToPath(new URL(`../workflows/${name}.${ending}`, import.meta.url)),
);

/** How a failure's message and stack trace are written. */
const failureConverterPath = fileURLToPath(new URL(`../workflows/failure-converter.${ending}`, import.meta.url));

/**
 * Bundles Gaffer's workflows and, if a file or folder of them is named, one's own (W1). `interceptorModules`: what stands before all of
 * them, after our own.
 *
 * @throws UsageError when they cannot be bundled, or one has the name of one of Gaffer's
 */
export async function bundleWorkflows(
  workflowsPath?: string,
  interceptorModules: readonly string[] = [],
): Promise<{ code: string }> {
  const modules = [...ownInterceptorModules, ...interceptorModules.map((path) => resolve(path))];
  const bundle = (path: string, hook: WebpackHook) => bundleWith(modules, path, hook);
  if (workflowsPath === undefined)
    return bundle(gaffer, (config) => ({ ...config, resolve: { ...config.resolve, alias: oneLibrary(config) } }));
  const own = resolve(workflowsPath);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-workflows-')));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const inOrder = undoneAtExit(remove);
  const entry = join(folder, 'workflows.cjs');
  let taken: string[] = [];
  try {
    const parts = [own, gaffer].map((path) => `...require(${JSON.stringify(path)})`);
    writeFileSync(entry, `module.exports = { ${parts.join(', ')} };\n`);
    const code = await bundle(entry, (config) => {
      const look = lookForNames(entry, (names) => (taken = names));
      return {
        ...config,
        resolve: { ...config.resolve, alias: oneLibrary(config) },
        plugins: [...(config.plugins ?? []), look],
      };
    });
    if (taken.length === 0) return code;
  } finally {
    inOrder();
    remove();
  }
  throw new UsageError(
    `${own} exports ${taken.join(' and ')}, and workflows of Gaffer's, which this worker has too, are called so: give yours another name.`,
  );
}

async function bundleWith(
  workflowInterceptorModules: string[],
  workflowsPath: string,
  webpackConfigHook: WebpackHook,
): Promise<{ code: string }> {
  const told: string[] = [];
  const logger = new DefaultLogger('ERROR', ({ message }) => told.push(message));
  try {
    const { code } = await bundleWorkflowCode({
      ...{ workflowsPath, workflowInterceptorModules, failureConverterPath, logger, webpackConfigHook },
    });
    return { code: shortTraces + code };
  } catch (error) {
    // What webpack found stands behind a table of all modules.
    const found = /^ERROR in .*/ms.exec(told.join('\n'))?.[0].trimEnd();
    const reason = found ?? (error instanceof Error ? error.message : String(error));
    throw new UsageError(`the workflows cannot be bundled: ${reason}`, { cause: error });
  }
}

// W2. The entry stands in a folder of its own, from where nothing could be found besides.
function oneLibrary(config: Parameters<WebpackHook>[0]): Record<string, string | false | string[]> {
  const library = dirname(createRequire(import.meta.url).resolve('@temporalio/workflow/package.json'));
  return { ...(config.resolve?.alias as Record<string, string | false>), '@temporalio/workflow': library };
}

/** Finds out which workflows of the entry's first module have names of those of its second. The same ones, exported again, do not count. */
function lookForNames(entry: string, found: (names: string[]) => void): Plugin {
  return (compiler: Compiler) => {
    compiler.hooks.afterCompile.tap('gaffer', ({ modules, moduleGraph }) => {
      const start = [...modules].find((module) => resourceOf(module) === entry);
      const required = start ? [...moduleGraph.getOutgoingConnections(start)].map(({ module }) => module) : [];
      const ours = required.find((module) => resourceOf(module) === gaffer);
      const own = required.find((module) => module !== ours && resourceOf(module) !== undefined);
      const names = own && moduleGraph.getProvidedExports(own);
      const taken = ours && moduleGraph.getProvidedExports(ours);
      if (!own || !Array.isArray(names) || !Array.isArray(taken)) return;
      const isOurs = (name: string): boolean => {
        const target = moduleGraph.getExportInfo(own, name).getTarget(moduleGraph);
        return target !== undefined && resourceOf(target.module)?.startsWith(dirname(gaffer)) === true;
      };
      found(names.filter((name) => taken.includes(name) && !isOurs(name)));
    });
  };
}

type Plugin = NonNullable<NonNullable<Parameters<WebpackHook>[0]['plugins']>[number]>;
type Compiler = Parameters<Extract<Plugin, (compiler: never) => void>>[0];

function resourceOf(module: object): string | undefined {
  return 'resource' in module && typeof module.resource === 'string' ? module.resource : undefined;
}
