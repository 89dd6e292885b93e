/** How good a run was, best first. */
export type Grade = 'EXCELLENT' | 'GOOD' | 'FAIR' | 'POOR';

/** From which score on, of 100, a run has which grade: here and nowhere else. */
const gradeThresholds: readonly (readonly [Grade, number])[] = [
  ['EXCELLENT', 90],
  ['GOOD', 75],
  ['FAIR', 60],
  ['POOR', 0],
];

/** Every {@link Grade}. */
export const grades: readonly Grade[] = gradeThresholds.map(([grade]) => grade);

/** From which score on a grade is given, in words. */
export const gradesText = gradeThresholds
  .filter(([, from]) => from > 0)
  .map(([grade, from]) => `${grade} from ${from}`)
  .join(', ');

/** The grade of a score from 0 to 100. */
export function gradeOf(score: number): Grade {
  return gradeThresholds.find(([, from]) => score >= from)?.[0] ?? 'POOR';
}
