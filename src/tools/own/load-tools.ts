import { pathToFileURL } from 'node:url';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { OwnTool } from '../../domain/tools/own-tool.ts';
import type { Tool } from '../tool.ts';
import { ownToolProblems, toTool, type SchemaCheck } from './own-tool.ts';

/**
 * The tools that modules export, whatever they call them: alone or in lists. Their code runs, with all rights of this process.
 *
 * @param modules real paths
 * @throws UsageError when one cannot be loaded or exports none, and with everything that is wrong with its tools
 */
export async function loadTools(modules: readonly string[], check: SchemaCheck): Promise<Tool[]> {
  const found: { own: unknown; from: string }[] = [];
  for (const file of modules) found.push(...(await exportsOf(file)).map((own) => ({ own, from: file })));
  return checkedTools(found, check);
}

/** Tools that a program hands over. @throws UsageError with everything that is wrong with them */
export function checkedTools(given: readonly { own: unknown; from: string }[], check: SchemaCheck): Tool[] {
  const problems: string[] = [];
  const byName = new Map<string, { tool: Tool; from: string }>();
  for (const [index, { own, from }] of given.entries()) {
    const { name } = (own ?? {}) as { name?: unknown };
    const what = typeof name === 'string' && name !== '' ? `the tool "${name}"` : `tool ${index + 1}`;
    const wrong = ownToolProblems(own ?? {}, check);
    problems.push(...wrong.map((problem) => `${from}: ${what}: ${problem}.`));
    if (wrong.length > 0) continue;
    const tool = toTool(own as OwnTool, check);
    const other = byName.get(tool.name);
    if (other) {
      const where = other.from === from ? 'twice there' : `in ${other.from}, too`;
      problems.push(`${from}: ${what} is ${where}: give one of them another name.`);
    }
    byName.set(tool.name, { tool, from });
  }
  if (problems.length > 0) throw new UsageError(safeLines(problems));
  return [...byName.values()].map(({ tool }) => tool);
}

const safeLines = (lines: readonly string[]): string => lines.map((line) => safeLine(line)).join('\n');

async function exportsOf(file: string): Promise<unknown[]> {
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const wayOut = /\.[cm]?ts$/.test(file) ? ' Node 22.18 or newer reads TypeScript; an older one wants .mjs.' : '';
    throw new UsageError(`--tools ${file} cannot be loaded: ${safeLine(reason)}.${wayOut}`, { cause: error });
  });
  const found = [...new Set(Object.values(module as object).flat())].filter(isMeantAsTool);
  if (found.length > 0) return found;
  throw new UsageError(
    `--tools ${file} exports no tools: export const NAME = defineTool({ name, description, input, effect, run }).`,
  );
}

// One that is half done is told what it lacks.
function isMeantAsTool(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['name', 'description', 'input', 'effect', 'run'].filter((key) => key in value).length >= 2;
}
