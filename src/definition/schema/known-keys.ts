import type { ForeignWords } from './foreign-words.ts';
import { wordsOfAgentUse, wordsOfLimits, wordsOfPhase, wordsOfTask, wordsOfWorkflow } from './foreign-words.ts';
import {
  agentUseSchema,
  contextSchema,
  limitsSchema,
  modelSchema,
  poolMemberSchema,
  toolRuleSchema,
  workflowSchema,
} from './schema.ts';
import { mergeSchema, phasePlaceSchema, runPlaceSchema, taskPlaceSchema } from './schema-coding.ts';
import { checkSchema, evaluationLimitsSchema, evaluationSchema, judgeSchema } from './schema-evaluation.ts';
import { inputSchema, partSchema, templateSchema } from './schema-inputs.ts';
import { escalateSchema, spendSchema, tiersSchema } from './schema-parts.ts';
import {
  approvalSchema,
  compensateKeys,
  dependencySchema,
  forEachSchema,
  joinSchema,
  phaseSchema,
  repeatSchema,
  retrySchema,
  taskSchema,
} from './schema-tasks.ts';
import type { ValuePath } from '../source/source-document.ts';

interface Level {
  live: string[];
  /** Keys that the design has and this version does not run yet: never accepted in silence. */
  planned: string[];
  /** What other tools call them. */
  words?: ForeignWords;
}

function level(schema: { shape: object }, planned: string[] = []): Level {
  return { live: Object.keys(schema.shape), planned };
}

const task = String.raw`(?:phases\.\d+\.)?tasks\.\d+`;
const levels: { pattern: RegExp; level: Level }[] = [
  { pattern: /^$/, level: { ...level(workflowSchema, ['patterns']), words: wordsOfWorkflow } },
  { pattern: /^inputs\.[^.]+$/, level: level(inputSchema) },
  { pattern: /^inputs\.[^.]+\.(?:items|properties\..+)$/, level: level(partSchema) },
  { pattern: /^template$/, level: level(templateSchema) },
  { pattern: /^limits$/, level: { ...level(limitsSchema), words: wordsOfLimits } },
  { pattern: /^limits\.(?:per_task|per_agent\..+)$/, level: level(spendSchema) },
  { pattern: /^evaluate$/, level: level(evaluationSchema) },
  { pattern: /^evaluate\.limits$/, level: level(evaluationLimitsSchema) },
  { pattern: /^evaluate\.checks\.\d+$/, level: level(checkSchema) },
  { pattern: /^evaluate\.checks\.\d+\.judge$/, level: level(judgeSchema) },
  { pattern: /^workspace$/, level: level(runPlaceSchema) },
  { pattern: /^merge$/, level: level(mergeSchema) },
  { pattern: /^phases\.\d+\.workspace$/, level: level(phasePlaceSchema) },
  { pattern: new RegExp(`^${task}\\.workspace$`), level: level(taskPlaceSchema) },
  { pattern: /^context$/, level: level(contextSchema) },
  { pattern: /^tiers$/, level: level(tiersSchema) },
  { pattern: /^models\..+\.price$/, level: level(modelSchema.shape.price.unwrap()) },
  { pattern: /^models\..+$/, level: level(modelSchema) },
  { pattern: /^agents\..+$/, level: { ...level(agentUseSchema), words: wordsOfAgentUse } },
  { pattern: /^pool\.\d+$/, level: level(poolMemberSchema) },
  { pattern: /^policy\.\d+$/, level: level(toolRuleSchema) },
  { pattern: /^phases\.\d+$/, level: { ...level(phaseSchema), words: wordsOfPhase } },
  { pattern: new RegExp(`^${task}$`), level: { ...level(taskSchema), words: wordsOfTask } },
  { pattern: new RegExp(`^${task}\\.retry$`), level: level(retrySchema) },
  { pattern: new RegExp(`^${task}\\.(?:depends_on|dependencies)\\.\\d+$`), level: level(dependencySchema) },
  { pattern: new RegExp(`^${task}\\.join$`), level: level(joinSchema) },
  { pattern: new RegExp(`^${task}\\.for_each$`), level: level(forEachSchema) },
  { pattern: new RegExp(`^${task}\\.compensate$`), level: { live: compensateKeys, planned: [] } },
  { pattern: new RegExp(`^${task}\\.approval$`), level: level(approvalSchema) },
  { pattern: new RegExp(`^(?:${task}\\.approval|policy\\.\\d+)\\.escalate$`), level: level(escalateSchema) },
  { pattern: new RegExp(`^(?:${task}|phases\\.\\d+)\\.repeat$`), level: level(repeatSchema) },
  { pattern: new RegExp(`^(?:${task}|phases\\.\\d+)\\.limits$`), level: level(spendSchema) },
];

/** Keys that the object at a path of a workflow file may have. */
export function keysAt(path: ValuePath): Level {
  const text = path.join('.');
  return levels.find(({ pattern }) => pattern.test(text))?.level ?? { live: [], planned: [] };
}
