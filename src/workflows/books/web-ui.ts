import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { RunOutline } from '../../contracts/outline.ts';
import { toKeyword, toKeywords, toNumber } from '../base/cosmetics.ts';
import type { TaskState } from './work-item.ts';
import { tableCost } from '../../domain/format.ts';

/** Rows of the task table in the Web UI; a longer plan shows those that are at work first. */
const maxRows = 60;

/** Markdown for the Web UI's page of a run: a live table of phases and tasks. */
function toRunDetails(outline: RunOutline, tasks: ReadonlyMap<string, TaskState>): string {
  const all = [...tasks.values()];
  const ordered = all.length > maxRows ? firstByRank(all) : all;
  let done = 0;
  for (const { status } of all) if (status === 'succeeded' || status === 'reused') done++;
  return [
    `**${done} of ${all.length} tasks succeeded**`,
    '',
    '| phase | task | agent | state | turns | tokens | cost |',
    '| :--- | :--- | :--- | :--- | ---: | ---: | ---: |',
    ...ordered.map(toRow),
    ...(all.length > maxRows ? ['', `${all.length - maxRows} more tasks are not shown.`] : []),
  ].join('\n');
}

function toRow({ phase, id, agent, status, progress }: TaskState): string {
  const numbers = progress ? [progress.turns, progress.tokens, tableCost(progress)] : ['', '', ''];
  const cells = [phase ?? '', id, agent, status, ...numbers.map((number) => `\u00a0${number}`)];
  return `| ${cells.map((text) => cell(String(text))).join(' | ')} |`;
}

const order: readonly string[] = ['waiting', 'running', 'failed', 'pending'];

// Looked at once, not sorted: this may be 10,000 tasks, after every step.
function firstByRank(all: readonly TaskState[]): TaskState[] {
  const ranks: TaskState[][] = [[], [], [], [], []];
  for (const task of all) {
    const index = order.indexOf(task.status);
    const rank = ranks[index < 0 ? order.length : index]!;
    if (rank.length < maxRows) rank.push(task);
  }
  return ranks.flat().slice(0, maxRows);
}

// The Web UI's tables have no padding of their own.
function cell(text: string): string {
  return `${text.replace(/[|\r\n`<>]/g, ' ')}\u00a0\u00a0`;
}

/** Shows the state of a run in the Web UI. Costs no event. */
export function showRun(outline: RunOutline, tasks: ReadonlyMap<string, TaskState>): void {
  setCurrentDetails(toRunDetails(outline, tasks));
}

const keys = {
  workflow: defineSearchAttributeKey('GafferWorkflow', 'KEYWORD'),
  status: defineSearchAttributeKey('GafferStatus', 'KEYWORD'),
  phase: defineSearchAttributeKey('GafferPhase', 'KEYWORD'),
  agent: defineSearchAttributeKey('GafferAgent', 'KEYWORD_LIST'),
  tokens: defineSearchAttributeKey('GafferTokens', 'INT'),
  costUsd: defineSearchAttributeKey('GafferCostUsd', 'DOUBLE'),
};

/** What lists of the Web UI can be filtered by. */
export interface RunAttributes {
  workflow?: string;
  status?: string;
  phase?: string;
  agent?: string[];
  tokens?: number;
  costUsd?: number;
}

/** Sets search attributes where the namespace knows them: one event a call, so only at the ends of phases. */
export function setRunAttributes(outline: RunOutline, values: RunAttributes): void {
  if (!outline.hasSearchAttributes || Object.keys(values).length === 0) return;
  const { workflow, status, phase, agent } = values;
  const tokens = values.tokens === undefined ? undefined : toNumber(values.tokens, 'INT');
  const costUsd = values.costUsd === undefined ? undefined : toNumber(values.costUsd, 'DOUBLE');
  upsertSearchAttributes([
    ...(workflow === undefined ? [] : [{ key: keys.workflow, value: toKeyword(workflow) }]),
    ...(status === undefined ? [] : [{ key: keys.status, value: toKeyword(status) }]),
    ...(phase === undefined ? [] : [{ key: keys.phase, value: toKeyword(phase) }]),
    ...(agent === undefined ? [] : [{ key: keys.agent, value: toKeywords(agent) }]),
    ...(tokens === undefined ? [] : [{ key: keys.tokens, value: tokens }]),
    ...(costUsd === undefined ? [] : [{ key: keys.costUsd, value: costUsd }]),
  ]);
}
