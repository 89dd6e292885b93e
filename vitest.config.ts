import { defineConfig } from 'vitest/config';

const servers = { globalSetup: ['test/support/global-setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

const factor = Math.max(1, Number(process.env['GAFFER_TEST_FACTOR'] ?? 1));

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
          include: ['test/{store,tools,workflows,replay}/**/*.test.ts', 'test/*.test.ts'],
          ...servers,
        },
      },
      {
        extends: true,
        test: {
          // Whole processes, killed and timed: one file at a time, after everything else.
          name: 'processes',
          include: ['test/{dev,e2e,package,chaos}/**/*.test.ts'],
          ...servers,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
