import { scriptLimits } from '../../../src/script/limits.ts';
import { runScript } from '../../../src/script/run-script.ts';
import type { ScriptEnd, ScriptLimits } from '../../../src/script/script-host.ts';
import { ScriptWorld } from './script-world.ts';
import type { OracleTurn } from './oracle.ts';

const head = "export const meta = { name: 'tried', description: 'a script of a test' }\n";

interface Given {
  args?: unknown;
  answers?: Record<string, OracleTurn | OracleTurn[]>;
  limits?: Partial<ScriptLimits>;
  budget?: number;
}

/** Runs the body of a script: its first line is line 2. Each prompt gets an answer. */
export async function runBody(body: string, given: Given = {}): Promise<{ end: ScriptEnd; world: ScriptWorld }> {
  const world = new ScriptWorld(given.answers ?? { '': 'an answer' }, [], given.budget ?? null);
  // Less than in life: what is over a limit comes to it sooner.
  const limits = { ...scriptLimits, memoryBytes: 24 * 1024 * 1024, steps: 60, ...given.limits };
  const run = runScript({ source: head + body, file: 'tried.js', args: given.args }, world, limits);
  return { end: await world.until(run.ended), world };
}

/** What a body returns; it must not fail. */
export async function valueOf(body: string, given: Given = {}): Promise<unknown> {
  const { end } = await runBody(body, given);
  if (end.status === 'failed') throw new Error(`${end.kind} in line ${end.line}: ${end.name}: ${end.message}`);
  return end.value;
}
