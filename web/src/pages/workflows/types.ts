import type { WorkflowDetails, WorkflowEntry, WorkflowLine } from '../../../../src/client/reading/workflows.ts';
import type { Problem } from '../../../../src/contracts/problem.ts';
import type { PastRun, WorkflowHistory } from '../../../../src/domain/evaluation/workflow-history.ts';

/** Answers of the service. */
export interface WorkflowList {
  workflows: WorkflowLine[];
  isAll: boolean;
}

/** `/api/workflows/ID`: what stands in the way comes as a problem document. */
export type Workflow = Omit<WorkflowDetails, 'refusal'> & { refusal: Problem | null };

/** `/api/workflows/ID/history`. */
export type History = WorkflowHistory & { past: PastRun[] };

/** Where a workflow is shown. */
export function pathOf({ id }: Pick<WorkflowEntry, 'id'>): string {
  return `/workflows/${encodeURIComponent(id)}`;
}

/** What a workflow is called: a file by its path, so that two of one name are told apart. */
export function titleOf({ kind, workflow, id }: Pick<WorkflowEntry, 'kind' | 'workflow' | 'id'>): string {
  return kind === 'template' ? workflow : id;
}
