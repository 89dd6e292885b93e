import { expect, it } from 'vitest';
import { addedText } from '../../../../src/client/control/added-text.ts';

const task = (id: string, prompt: string, ...after: string[]) => {
  return {
    id,
    agent: 'coder',
    prompt,
    dependsOn: after.map((each) => ({ task: each, on: 'all_success' as const, from: 'explicit' as const })),
  };
};

it('what a split adds is every task in a line, and then what each of them is told, however long one is', () => {
  expect(addedText([])).toBe('');
  expect(addedText([task('api', 'Build it.\nThen test it.'), task('ui', 'Show it.', 'api')])).toBe(
    [
      ...['Tasks that it adds:', 'api (coder)', 'ui (coder), after api', ''],
      ...['api is told:', '  Build it.', '  Then test it.', '', 'ui is told:', '  Show it.'],
    ].join('\n'),
  );
  const long = addedText([task('api', 'x'.repeat(100_000)), task('ui', 'Show it.')]);
  expect(long.length).toBeLessThan(3000);
  expect(long).toContain('… (100000 characters; this is the beginning)');
  expect(long).toContain('  Show it.');
});
