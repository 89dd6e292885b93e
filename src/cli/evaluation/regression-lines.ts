import type { RegressionReport } from '../../client/evaluation/regression.ts';
import type { Compared } from '../../domain/evaluation/find-regression.ts';
import type { Verdict } from '../../domain/evaluation/judge-pairs.ts';
import type { PassRate } from '../../domain/evaluation/pass-rate.ts';
import { plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Step', flexible: 10, isId: true },
  { title: 'Verdict' },
  { title: 'More runs', align: 'right' },
  { title: 'Change', align: 'right' },
  { title: '99 %', align: 'right', drop: 1 },
  { title: 'Passed', align: 'right', drop: 3 },
  { title: 'Before', align: 'right', drop: 4 },
  { title: 'p', align: 'right', drop: 2 },
];

/** What holding runs against a baseline says, for people. */
export function regressionLines(report: RegressionReport, sizes: { columns: number; colors: Colors }): string[] {
  const { colors } = sizes;
  const { overall, margin, workflow, runs, baseline, by } = report;
  const more = report.steps.length > 1 ? report.steps.map((step) => row(step.step, step, colors)) : [];
  return [
    `${safeLine(workflow)}: ${plural(runs.length, 'run')} against ${plural(baseline.runs.length, 'run')} (${safeLine(baseline.from)}), by ${by === 'evaluation' ? 'scores of evaluations' : 'whether tasks succeeded'}`,
    paint(overall.verdict, colors)(colors.bold(verdictText(overall, margin))),
    ...(overall.difference === null ? [] : [changeText(overall)]),
    `passed: ${rateText(overall.after)}; before: ${rateText(overall.before)}`,
    ...(more.length > 0 ? ['', ...table(columns, more, { columns: sizes.columns, paintTitle: colors.dim })] : []),
    ...breakLines(report, colors),
    ...unpairedLines(report),
  ];
}

function verdictText({ verdict, moreRuns, isAtLeast, pairOf }: Compared, margin: number): string {
  if (verdict === 'same') return `same (within ± ${margin} points)`;
  if (verdict !== 'not enough evidence') return verdict;
  const what = pairOf === 'case' ? 'of further cases, on each side' : 'on each side';
  return `not enough evidence: ${isAtLeast ? 'at least ' : ''}${plural(moreRuns, 'more run')} ${what}`;
}

function changeText({ difference, interval, p, pairs, pairOf }: Compared): string {
  const [low, high] = interval;
  const range = pairs === 0 ? '' : ` (99 %: ${signed(low)} to ${signed(high)})`;
  return `${signed(difference!)} points${range}, p ${pText(p)}, ${plural(pairs, 'pair')} of ${pairOf}s`;
}

function rateText({ steps, passed, share, interval, allOf }: PassRate): string {
  if (steps === 0) return 'nothing';
  const all = allOf.k > 1 ? `, all of ${allOf.k}: ${percent(allOf.share)}` : '';
  return `${percent(share)} (${passed} of ${plural(steps, 'step')}; 99 %: ${percent(interval[0])} to ${percent(interval[1])}${all})`;
}

function row(step: string, found: Compared, colors: Colors): Cell[] {
  const { verdict, difference, interval, p, after, before, moreRuns, isAtLeast } = found;
  return [
    step,
    { text: `${signs[verdict]} ${verdict}`, paint: paint(verdict, colors) },
    moreRuns > 0 ? `${isAtLeast ? '≥ ' : ''}${moreRuns}` : '',
    difference === null ? '' : signed(difference),
    `${signed(interval[0])} … ${signed(interval[1])}`,
    percent(after.share),
    percent(before.share),
    pText(p),
  ];
}

const signs: Readonly<Record<Verdict, string>> = { better: '✓', worse: '✗', same: '=', 'not enough evidence': '?' };

function paint(verdict: Verdict, colors: Colors): (text: string) => string {
  if (verdict === 'worse') return colors.red;
  return verdict === 'not enough evidence' ? colors.yellow : colors.green;
}

function breakLines({ breaks }: RegressionReport, colors: Colors): string[] {
  return breaks.map(({ case: name, step, before, after }) =>
    colors.red(
      `✗ ${safeLine(step)} always passed with the case ${safeLine(name)} (${before} of ${before}), and now never does (0 of ${after})`,
    ),
  );
}

function unpairedLines({ unpaired }: RegressionReport): string[] {
  const say = (side: keyof RegressionReport['unpaired'], words: string): string[] => {
    const names = unpaired[side].map((each) =>
      safeLine(each.step === null ? each.case : `${each.step} of ${each.case}`),
    );
    if (names.length === 0) return [];
    const more = names.length > 5 ? `, and ${names.length - 5} more` : '';
    return [`Not counted, ${words}: ${names.slice(0, 5).join(', ')}${more}`];
  };
  return [...say('before', 'as it is not there now'), ...say('after', 'as it was not there before')];
}

function signed(points: number): string {
  return `${points > 0 ? '+' : points < 0 ? '−' : ''}${Math.abs(points).toFixed(1)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}
