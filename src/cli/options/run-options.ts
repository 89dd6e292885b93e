import { extname, resolve } from 'node:path';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { longestInput, ownBounds, usualBounds } from '../../domain/source/source-bounds.ts';
import { UsageError } from '../../domain/errors.ts';

/** Largest file of inputs, in bytes: JSON has more of them than the values. */
const mostInputs = 2 * longestInput;

/** Options that `run` and `plan` share, as commander hands them over. */
export interface DefinitionOptions {
  input?: string[];
  inputFile?: string;
  /** Values of inputs that nobody gives here. */
  inputDefaults?: JsonObject;
  agents?: string[];
  /** Modules with tools of one's own. */
  tools?: string[];
  workspace?: string;
  maxUsd?: string;
  /** The input of that name. */
  feature?: string;
  /** The team's file, where the command names none. */
  config?: string;
  /** What is to be done, in words. */
  task?: string;
  /** What holds for it: a file, or JSON. */
  requirements?: string;
  approvePlan?: boolean;
  communicationFile?: string;
  /** The same as `workspace`. */
  projectDir?: string;
  format?: string;
  pool?: string;
  tracks?: string;
  patterns?: string;
  /** Whether the run works on another machine, whose folders cannot be looked at here. */
  isElsewhere?: boolean;
}

/** Inputs of a run: those of `--input-file`, with those of `--input` on top. Values of `--input` are text. */
export async function readInputs(cwd: string, options: DefinitionOptions): Promise<JsonObject> {
  const inputs: JsonObject =
    options.inputFile === undefined ? {} : await readInputFile(resolve(cwd, options.inputFile));
  for (const pair of options.input ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--input "${pair}" is not KEY=VALUE.`);
    inputs[pair.slice(0, at)] = pair.slice(at + 1);
  }
  if (options.feature !== undefined) inputs['feature'] = options.feature;
  return inputs;
}

async function readInputFile(file: string): Promise<JsonObject> {
  const value = await readValues(file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`--input-file ${file}: it must hold an object, one key for each input.`);
}

/** What a file of inputs holds. One that is larger than a definition may be is data alone: plain JSON, which is read ten times as fast. */
async function readValues(file: string): Promise<JsonValue> {
  const [{ readYaml }, { readSourceText, SourceText }] = await Promise.all([
    import('../../definition/source/read-yaml.ts'),
    import('../../definition/source/source-text.ts'),
  ]);
  const isJson = extname(file).toLowerCase() === '.json';
  const text = readSourceText(file, { bytes: isJson ? mostInputs : usualBounds.bytes });
  if (text.length <= usualBounds.bytes) {
    const { nodes } = ownBounds;
    return readYaml(new SourceText(text, file, { nodes }), isJson ? 'json' : 'yaml').value;
  }
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as JsonValue;
  } catch (error) {
    throw new UsageError(`--input-file ${file}: it is not JSON: ${(error as Error).message}`);
  }
}

/** An amount in USD from the command line. @throws UsageError when it is none */
export function parseUsd(value: string): number {
  const usd = Number(value);
  if (value.trim() === '' || !Number.isFinite(usd) || usd <= 0) {
    throw new UsageError(`--max-usd "${value}" is not an amount of money: give a number above 0, such as 0.50.`);
  }
  return usd;
}

/** A count from the command line. @throws UsageError when it is none */
export function parseCount(value: string, option: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 100_000) {
    throw new UsageError(`${option} "${value}" is not a count: give a whole number from 1 on.`);
  }
  return count;
}
