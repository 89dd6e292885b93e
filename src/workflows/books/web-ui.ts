import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { RunOutline } from '../../contracts/outline.ts';
import { toKeyword, toKeywords, toNumber } from '../base/cosmetics.ts';

const keys = {
  workflow: defineSearchAttributeKey('GafferWorkflow', 'KEYWORD'),
  status: defineSearchAttributeKey('GafferStatus', 'KEYWORD'),
  phase: defineSearchAttributeKey('GafferPhase', 'KEYWORD'),
  agent: defineSearchAttributeKey('GafferAgent', 'KEYWORD_LIST'),
  tokens: defineSearchAttributeKey('GafferTokens', 'INT'),
  costUsd: defineSearchAttributeKey('GafferCostUsd', 'DOUBLE'),
  grade: defineSearchAttributeKey('GafferGrade', 'KEYWORD'),
};

/** What lists of the Web UI can be filtered by. */
export interface RunAttributes {
  workflow?: string;
  status?: string;
  phase?: string;
  agent?: string[];
  tokens?: number;
  costUsd?: number;
  grade?: string;
}

/** Sets search attributes that the namespace knows: one event a call, so only at the ends of phases. */
export function setRunAttributes(outline: RunOutline, values: RunAttributes): void {
  const { workflow, status, phase, agent, grade } = values;
  const tokens = values.tokens === undefined ? undefined : toNumber(values.tokens, 'INT');
  const costUsd = values.costUsd === undefined ? undefined : toNumber(values.costUsd, 'DOUBLE');
  const all = [
    ...(workflow === undefined ? [] : [{ key: keys.workflow, value: toKeyword(workflow) }]),
    ...(status === undefined ? [] : [{ key: keys.status, value: toKeyword(status) }]),
    ...(phase === undefined ? [] : [{ key: keys.phase, value: toKeyword(phase) }]),
    ...(agent === undefined ? [] : [{ key: keys.agent, value: toKeywords(agent) }]),
    ...(tokens === undefined ? [] : [{ key: keys.tokens, value: tokens }]),
    ...(costUsd === undefined ? [] : [{ key: keys.costUsd, value: costUsd }]),
    ...(grade === undefined ? [] : [{ key: keys.grade, value: toKeyword(grade) }]),
  ];
  // One that it does not know would fail the run's step for ever.
  const known =
    outline.searchAttributes ?? (outline.hasSearchAttributes ? Object.values(keys).map(({ name }) => name) : []);
  const wanted = all.filter(({ key }) => (known as string[]).includes(key.name));
  if (wanted.length > 0) upsertSearchAttributes(wanted);
}
