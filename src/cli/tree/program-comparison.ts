import type { Command } from 'commander';
import { json } from './options.ts';
import type { Add, CommandModule } from './options.ts';

/** Commands that hold runs against others. */
export function addComparison(program: Command, add: Add): void {
  add(
    'compare <run> <other>',
    'put two runs side by side: what came out, what it took, and what they were asked differently',
    () => import('../evaluation/compare.ts'),
  ).addOption(json());
  const baseline = program.command('baseline').description('hold runs against earlier ones');
  const module = () => import('../evaluation/baseline.ts');
  add(
    'check <run...>',
    'say whether runs are better or worse than those before, or how many more it takes to know',
    async () => (await module()).check as CommandModule,
    baseline,
  )
    .option('--last <count>', 'against the last so many runs of each case, pinned ones besides; default: 5')
    .option('--pinned', 'against pinned runs only')
    .option('--file <file>', 'against a file that `gaffer baseline save` wrote')
    .option('--margin <points>', 'a difference of so many points of 100 is none; default: 5')
    .option('--strict', 'end with 10 also where there is not enough evidence')
    .addOption(json())
    .addHelpText(
      'after',
      '\nIt ends with 1 where something became worse, or where a step always passed in a case and now never does.',
    );
  add(
    'save <file> <run...>',
    'write runs as a baseline that can be committed',
    async () => (await module()).save as CommandModule,
    baseline,
  );
  const pins = (name: 'pin' | 'unpin', description: string): Command =>
    add(`${name} <run>`, description, async () => (await module())[name] as CommandModule, baseline).addOption(json());
  pins('pin', 'hold later runs against this one, whatever ran since');
  pins('unpin', 'no more');
}
