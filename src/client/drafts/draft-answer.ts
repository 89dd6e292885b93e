import type { WrongField } from '../../contracts/problem.ts';
import type { EditedDraft } from './edit-draft.ts';

/** Something that is wrong with a draft. `at`: the task or phase that it is about; null: the workflow, or another file. */
export type DraftProblem = WrongField & { at: (string | number)[] | null };

/** What `POST /api/drafts/edit` answers. */
export interface DraftAnswer extends Omit<EditedDraft, 'problems'> {
  problems: DraftProblem[];
}
