import type { OutlineTask } from '../../domain/plan/outline.ts';
import { fingerprint } from '../../domain/fingerprint.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { codecOf } from '../../store/journal/codec.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { CalledWait } from '../../store/wakes/waits.ts';
import type { ToolWait } from '../../contracts/turn.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** What the journal keeps of a tool run. */
export interface ToolResult {
  content: string;
  isError: boolean;
  /** Tasks that it added to the run. */
  added?: OutlineTask[];
}

/** That of a quick tool. Its events are kept with it: a repetition has to tell of them too. */
export interface QuickResult extends ToolResult {
  events: RunEventDraft[];
  /** Who waited for what it did. Kept as well: a repetition tells them once more. */
  called?: CalledWait[];
  /** Tasks that it added and that begin at once. */
  begins?: OutlineTask[];
  /** The task of whoever called it is over. */
  ends?: true;
  /** It has no result yet; such a one is not kept. */
  waits?: ToolWait;
}

/** Results of tools by the journal's keys. */
export type ToolResults = ReadonlyMap<string, ToolResult>;

export const toolResultCodec = codecOf<ToolResult>();
export const quickResultCodec = codecOf<QuickResult>();

/** What is kept of an output: not its events, which stand in the run's story. */
export function toToolResult({ content, isError = false }: ToolOutput): ToolResult {
  return { content, isError };
}

/** An output where nobody can wait for a person in the middle of a call. */
export function withoutQuestion(output: ToolOutput): ToolOutput {
  if (!output.asks) return output;
  const content = `It cannot go on without an answer, which only an agent's call waits for: ${output.asks.what}\n${output.asks.detail}`;
  return { content, isError: true };
}

/** Short hash of a result, for loop detection. */
export function printOf({ content, isError }: ToolResult): string {
  return fingerprint(JSON.stringify([content, isError]));
}

/** Results that are known by now. */
export async function findToolResults(journal: Journal, run: FrozenRun, keys: string[]): Promise<ToolResults> {
  if (keys.length === 0) return new Map();
  const rows = await journal.results(run.no, keys);
  return new Map([...rows].map(([key, json]) => [key, toolResultCodec.fromJson(json)]));
}
