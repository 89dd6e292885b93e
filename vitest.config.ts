import { defineConfig } from 'vitest/config';

const servers = { globalSetup: ['test/support/setup/global-setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

const factor = Math.max(1, Number(process.env['GAFFER_TEST_FACTOR'] ?? 1));

/** Tests of whole processes that measure no times: they run side by side with the others. */
const sideBySide = [
  'test/package/**/*.test.ts',
  'test/e2e/{data-life,deploy,errors-model,kill-worker,lineage,terminated}.test.ts',
  'test/chaos/money.test.ts',
];

// Fast ones first: the unit project needs no server. Each of the others has one Temporal server and one PostgreSQL.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 * factor } },
      {
        extends: true,
        test: {
          name: 'real',
          include: [
            'test/{activities,client,store,tools,workers,workflows,replay}/**/*.test.ts',
            'test/*.test.ts',
            ...sideBySide,
          ],
          ...servers,
        },
      },
      {
        extends: true,
        test: {
          // Whole processes, killed and timed: one file at a time, after everything else.
          name: 'processes',
          include: ['test/{dev,e2e,chaos}/**/*.test.ts'],
          exclude: sideBySide,
          ...servers,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
