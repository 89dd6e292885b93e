/*
 * A baseline as a file that can be committed: which steps passed, in which cases. Nothing of what was asked or answered is in it.
 * It may be anybody's: everything in it is looked at, and what does not fit is named.
 */
import type { ObservedRun, ObservedStep } from './observed-run.ts';
import { parseJson } from '../parse-json.ts';

/** What steps are measured by: scores of evaluations, or whether tasks succeeded. Runs are compared by one of them. */
export type Measure = 'evaluation' | 'status';

/** What a baseline's file holds. */
export interface BaselineFile {
  format: 'gaffer-baseline';
  version: 1;
  workflow: string;
  by: Measure;
  runs: ObservedRun[];
}

/** Largest file that is read, in bytes. */
export const largestBaseline = 16_000_000;
const mostRuns = 20_000;
const longestName = 300;

/** The text of a baseline's file: the same for the same runs. */
export function baselineText(workflow: string, by: Measure, runs: readonly ObservedRun[]): string {
  const kept = runs.map(({ run, case: name, at, steps }) => ({ run, case: name, at, steps }));
  const file: BaselineFile = { format: 'gaffer-baseline', version: 1, workflow, by, runs: kept };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** A baseline that was read, or what is wrong with it, in words. */
export type ReadBaseline = { baseline: BaselineFile; problem: null } | { baseline: null; problem: string };

/** Reads the text of a baseline's file. */
export function readBaseline(text: string): ReadBaseline {
  const value = parseJson(text);
  if (value === undefined) return no('it is no JSON');
  if (!isRecord(value) || value['format'] !== 'gaffer-baseline') return no('its "format" is not "gaffer-baseline"');
  if (value['version'] !== 1) return no('its "version" is not 1: a newer Gaffer may have written it');
  const { workflow, by, runs } = value;
  if (!isName(workflow)) return no('"workflow" is no name');
  if (by !== 'evaluation' && by !== 'status') return no('"by" is neither "evaluation" nor "status"');
  if (!Array.isArray(runs) || runs.length > mostRuns) return no(`"runs" is no list of at most ${mostRuns}`);
  const read: ObservedRun[] = [];
  for (const [at, run] of runs.entries()) {
    const problem = problemOfRun(run);
    if (problem !== null) return no(`runs[${at}]${problem}`);
    read.push(toRun(run as unknown as ObservedRun));
  }
  return { baseline: { format: 'gaffer-baseline', version: 1, workflow, by, runs: read }, problem: null };
}

function no(problem: string): ReadBaseline {
  return { baseline: null, problem };
}

function problemOfRun(run: unknown): string | null {
  if (!isRecord(run)) return ' is no object';
  for (const key of ['run', 'case', 'at']) if (!isName(run[key])) return `.${key} is no name`;
  if (!isRecord(run['steps'])) return '.steps is no object';
  for (const [step, seen] of Object.entries(run['steps'])) {
    if (!isName(step)) return '.steps has a name that is none';
    if (!isStep(seen)) return `.steps.${step.slice(0, 60)} is no { score: 0 to 100, passed }`;
  }
  return null;
}

// No key but these, and no prototype but the usual one, comes out of a file.
function toRun(run: ObservedRun): ObservedRun {
  const steps = Object.entries(run.steps).map(([step, { score, passed }]) => [step, { score, passed }] as const);
  return { run: run.run, case: run.case, at: run.at, steps: Object.fromEntries(steps) };
}

function isStep(value: unknown): value is ObservedStep {
  if (!isRecord(value)) return false;
  const { score, passed } = value;
  return typeof score === 'number' && score >= 0 && score <= 100 && typeof passed === 'boolean';
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longestName;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
