import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/scripts/', import.meta.url));

/** One turn of the model that the real tool was driven with. */
export type OracleTurn = string | { text?: string; delay?: number; stop?: string; json?: unknown; status?: number };

export interface OracleFailure {
  at: 'agent' | 'parallel' | 'child';
  label?: string;
  index?: number;
  name?: string;
}

/** What the real tool did. */
export interface OracleExpectation {
  returned?: unknown;
  returnedNothing?: boolean;
  error?: { when: 'before' | 'run'; kind: string; name?: string; message?: string; line?: number; file?: string };
  pending?: boolean;
  status: string;
  modelCalls?: number;
  agents?: { count: number; done: number };
  failures?: OracleFailure[];
  order?: string[];
  shown?: { label: string; phase: string | null }[];
  phases?: string[];
  logs?: string[];
  logCount?: number;
  informative?: string[];
}

export interface OracleEntry {
  file: string;
  case?: string;
  args?: unknown;
  padTo?: number;
  children?: string[];
  answers: Record<string, OracleTurn | OracleTurn[]>;
  expect: OracleExpectation | null;
}

/** Runs of a coding assistant's own tool with small scripts; ../../fixtures/scripts/README.md says how they came about. */
export function readOracle(): OracleEntry[] {
  return expanded(JSON.parse(readFileSync(`${folder}oracle.json`, 'utf8')) as unknown) as OracleEntry[];
}

/** A script of the oracle: a path below its folder. */
export function readScript(file: string, padTo?: number): string {
  const source = readFileSync(`${folder}scripts/${file}`, 'utf8');
  return padTo === undefined ? source : `${source}//`.padEnd(padTo, 'p');
}

// Long texts stand in the file as what is repeated.
function expanded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$repeat' in value) {
    const [text, count] = value.$repeat as [string, number];
    return text.repeat(count);
  }
  if (Array.isArray(value)) return value.map(expanded);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expanded(inner)]));
}
