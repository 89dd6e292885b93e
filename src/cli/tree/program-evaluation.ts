import { json, yes } from './options.ts';
import type { Add } from './options.ts';

/** Commands that say how good runs were. */
export function addEvaluation(add: Add): void {
  add(
    'evaluate <run>',
    'say how good a run was: scores and a grade, by the checks of its file and by how it went',
    () => import('../evaluation/evaluate.ts'),
  )
    .option('--baseline [file]', 'then hold it against earlier runs, or against a file of `gaffer baseline save`')
    .option('--again', 'evaluate it anew, also where that was done before')
    .addOption(yes())
    .addOption(json());
}
