import { longestTimerMs } from '../domain/duration.ts';
import type { ScriptedAnswer } from './script.ts';

const stopReasons = [
  ...['end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'refusal', 'pause_turn'],
  'model_context_window_exceeded',
];
const faults = [
  ...['http', 'cut', 'early-end', 'error-event', 'stall', 'truncated-tool-json', 'broken-tool-json'],
  ...['garbage-event', 'split-bytes', 'refusal'],
];

/** What is wrong with the answer that a rule gave, by its key; null: nothing. */
export function answerProblem(answer: unknown): string | null {
  if (answer instanceof Promise) {
    // Nobody waits for it, and its failure would end the process.
    answer.catch(() => undefined);
    return 'it gave a promise: a rule answers at once';
  }
  if (!isObject(answer)) return `it gave ${answer === null ? 'null' : typeof answer} instead of an answer`;
  const { text, thinking, tools, stopReason, usage, latencyMs, headers, fault } = answer as Record<
    keyof ScriptedAnswer,
    unknown
  >;
  if (!isTextOrNothing(text)) return 'text must be text';
  if (!isTextOrNothing(thinking)) return 'thinking must be text';
  if (stopReason !== undefined && !stopReasons.includes(stopReason as string)) return 'stopReason is none of the API’s';
  if (latencyMs !== undefined && !isWithin(latencyMs, longestTimerMs))
    return 'latencyMs must be a number of ms from 0 on';
  if (usage !== undefined && !(isObject(usage) && Object.values(usage).every((count) => Number.isFinite(count))))
    return 'usage must hold numbers';
  if (
    headers !== undefined &&
    !(isObject(headers) && Object.values(headers).every((value) => typeof value === 'string'))
  )
    return 'headers must be texts by their names';
  return toolsProblem(tools) ?? faultProblem(fault);
}

function toolsProblem(tools: unknown): string | null {
  if (tools === undefined) return null;
  if (!Array.isArray(tools)) return 'tools must be a list';
  for (const [at, tool] of tools.entries()) {
    if (!isObject(tool) || typeof tool['name'] !== 'string') return `tools[${at}] must have a name`;
    if (!isObject(tool['input'])) return `tools[${at}].input must be an object`;
    if (!isTextOrNothing(tool['id'])) return `tools[${at}].id must be text`;
    try {
      JSON.stringify(tool['input']);
    } catch (error) {
      return `tools[${at}].input is no JSON: ${String(error).split('\n')[0]}`;
    }
  }
  return null;
}

function faultProblem(fault: unknown): string | null {
  if (fault === undefined) return null;
  if (!isObject(fault) || !faults.includes(fault['kind'] as string)) return 'fault.kind is none that there is';
  const { kind, status, afterEvents } = fault;
  if (kind === 'http' && !(Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 999))
    return 'fault.status must be a status of HTTP';
  if (afterEvents !== undefined && !isWithin(afterEvents, 1e6)) return 'fault.afterEvents must be a number from 0 on';
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most;
}
