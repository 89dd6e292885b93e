import type { RunPreview } from '../../../../src/client/preview/preview.ts';
import { formatUsd, plural } from '../../../../src/domain/format.ts';

/** What the button says that starts it. */
export function startWords(preview: RunPreview | undefined): string {
  if (!preview) return 'Start';
  const { anew } = preview.counts;
  const what = anew === 0 ? 'nothing is done anew' : `${plural(anew, 'task')} anew`;
  const cost = costWords(preview.expected);
  return `${preview.isInPlace ? 'Do it' : 'Start'}: ${what}${cost === null || anew === 0 ? '' : `, ${cost}`}`;
}

/** What something may cost; null: nobody knows. */
export function costWords(expected: RunPreview['expected']): string | null {
  if (!expected) return null;
  const { lowUsd, highUsd, isUncounted } = expected;
  const [low, high] = [formatUsd(lowUsd), formatUsd(highUsd)];
  return `${low === high ? high : `${low} to ${high}`}${isUncounted ? ' and what nobody can count' : ''}`;
}
