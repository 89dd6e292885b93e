import { defineConfig } from 'vitest/config';

// Fast ones first: the unit project needs no server. The other one shares one Temporal server and one PostgreSQL.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/{store,tools,dev,workflows,replay,e2e,package}/**/*.test.ts', 'test/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
