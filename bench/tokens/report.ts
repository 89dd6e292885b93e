import { toRow } from '../table.ts';
import type { TimeSample, TokenSample } from './measure-tokens.ts';
import { latencyMs, settings } from './measure-tokens.ts';
import { templateNames } from './plans.ts';

/** The tables for people. */
export function tokensTable({
  samples,
  times,
}: {
  samples: readonly TokenSample[];
  times: readonly TimeSample[];
}): string {
  return [
    'Thousands of tokens sent to models by the six templates: with every task told every earlier result whole; as they are, where no result that comes in short is opened; and with nothing passed on at all, which no sharing can go below. In brackets what is saved.',
    '',
    `| template |${settings.map(({ name }) => ` ${name}: naive | as they are | nothing |`).join('')}`,
    `| :--- |${settings.map(() => ' ---: | ---: | ---: |').join('')}`,
    ...templateNames.map((template) =>
      tokenRow(
        template,
        samples.filter((sample) => sample.template === template),
      ),
    ),
    tokenRow('**all six**', samples),
    '',
    `Times beside the critical path, with answers after ${latencyMs / 1000} s each:`,
    '',
    '| template | time, s | critical path, s | beside it |',
    '| :--- | ---: | ---: | ---: |',
    ...times
      .filter(({ name }) => !name.startsWith('waves'))
      .map(({ name, wallMs, criticalMs }) =>
        toRow([name, seconds(wallMs), seconds(criticalMs), (wallMs / criticalMs).toFixed(2)]),
      ),
    '',
    wavesLine(times),
    '',
  ].join('\n');
}

function tokenRow(name: string, samples: readonly TokenSample[]): string {
  const cells = settings.flatMap(({ name: setting }) => {
    const own = samples.filter((sample) => sample.setting === setting);
    const of = (way: 'naive' | 'ours' | 'bare'): number => sumOf(own.map((sample) => sample[way]));
    const saved = (tokens: number): string =>
      `${inThousands(tokens)} (${((1 - tokens / of('naive')) * 100).toFixed(0)} %)`;
    return [inThousands(of('naive')), saved(of('ours')), saved(of('bare'))];
  });
  return toRow([name, ...cells]);
}

function wavesLine(times: readonly TimeSample[]): string {
  const [four, one] = ['waves-4', 'waves-1'].map((name) => times.find((time) => time.name === name)!.wallMs);
  return `Twelve tasks in three waves: ${seconds(one!)} s one after the other, ${seconds(four!)} s with \`max_parallel: 4\`: ${(one! / four!).toFixed(1)} times as fast.`;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function inThousands(tokens: number): string {
  return (tokens / 1000).toFixed(0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
