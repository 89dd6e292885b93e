import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { agentsPart, globsOf, longParts, productionPart, shortParts } from './test/parts.ts';
import { patient } from './test/support/base/patience.ts';

const factor = Math.max(1, Number(process.env['GAFFER_TEST_FACTOR'] ?? 1));
// What has a part of its own is in no wider one.
const elsewhere = [...longParts, ...shortParts.filter(({ timed }) => timed)].flatMap(globsOf);
const parts = [...shortParts, ...longParts, productionPart, agentsPart];

/** Part by part in the order of `parts`: a file finds loaded what another one of its part needed. */
class PartByPart extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ project }: TestSpecification): number => parts.findIndex(({ name }) => name === project.name);
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

// Each part is a project. Those that need servers share one Temporal server and one PostgreSQL.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: PartByPart },
    projects: parts.map((part, index) => ({
      extends: true,
      test: {
        name: part.name,
        include: globsOf(part),
        exclude: shortParts.includes(part) && !part.timed ? elsewhere : [],
        // To load the modules again for each file is half of what the tests without a server cost.
        ...(part.bare
          ? { testTimeout: patient(20_000) * factor, isolate: false }
          : {
              globalSetup: [`test/support/setup/${part.ownServers ? 'folder' : 'global'}-setup.ts`],
              testTimeout: patient(60_000),
              hookTimeout: patient(60_000),
            }),
        ...(part.timed && { maxWorkers: 1, sequence: { groupOrder: 1 + index } }),
      },
    })),
  },
});
