import type { Recommendation } from '../../domain/evaluation/recommendation.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

/** What paired tests give reason to do, for people; nothing where they give none. */
export function recommendationLines(recommendations: readonly Recommendation[], colors: Colors): string[] {
  return recommendations.map(({ text, verdict }) =>
    (verdict === 'worse' ? colors.yellow : colors.green)(safeLine(`→ ${text}`)),
  );
}
