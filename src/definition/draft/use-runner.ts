import { runnerOf } from '../../agents/agent-runner.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { agentUseSchema } from '../schema/schema.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** An agent with the program that this definition has its tasks done by (`agents.NAME.runner`), which wins over its own file's. */
export function withRunner(document: SourceDocument, agent: Agent, name: string, found: Diagnostic[]): Agent {
  const path = ['agents', name];
  const use = agentUseSchema.safeParse(document.valueAt(path) ?? {});
  // What is wrong in its shape is told by the schema.
  if (!use.success || use.data.runner === undefined) return agent;
  const { runner: _, ...rest } = agent;
  return { ...rest, ...runnerOf(document, { ...use.data, model: agent.model }, found, path) };
}
