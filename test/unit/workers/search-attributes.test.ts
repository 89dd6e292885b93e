import { describe, expect, it } from 'vitest';
import { ensureSearchAttributes } from '../../../src/workers/search-attributes.ts';

type Services = Parameters<typeof ensureSearchAttributes>[0];

const refused = (code: number, details: string) => Object.assign(new Error(details), { code, details });

/** What a namespace has, and what it says to who makes more. */
function namespace({
  has = {},
  refuses = {},
  mayList = true,
}: {
  has?: Record<string, number>;
  refuses?: Record<string, Error>;
  mayList?: boolean;
}): { services: Services; made: string[] } {
  const made: string[] = [];
  const services = {
    operatorService: {
      async listSearchAttributes() {
        if (!mayList) throw refused(7, 'no permission to list');
        return { customAttributes: has };
      },
      async addSearchAttributes({ searchAttributes }: { searchAttributes: Record<string, number> }) {
        const names = Object.keys(searchAttributes);
        for (const name of names) if (refuses[name]) throw refuses[name];
        made.push(...names);
        return {};
      },
    },
    workflowService: { getSearchAttributes: async () => ({ keys: has }) },
  } as unknown as Services;
  return { services, made };
}

const all = [
  'GafferWorkflow',
  'GafferStatus',
  'GafferPhase',
  'GafferAgent',
  'GafferTokens',
  'GafferCostUsd',
  'GafferGrade',
];

describe('search attributes', () => {
  it('are made one by one, where they are missing, and only those that are written', async () => {
    const { services, made } = namespace({ has: { GafferStatus: 2, CustomerId: 2 } });
    expect(await ensureSearchAttributes(services, 'default')).toEqual({ present: all, lines: [] });
    expect(made).toEqual(all.filter((name) => name !== 'GafferStatus'));
  });

  it('that cannot be made hinder no other, and are listed with what makes them', async () => {
    const full = refused(8, 'cannot have more than 5 custom attributes of type Int');
    const { services } = namespace({ has: { GafferPhase: 3 }, refuses: { GafferTokens: full } });
    const { present, lines } = await ensureSearchAttributes(services, 'crew');
    expect(present).toEqual(all.filter((name) => !['GafferPhase', 'GafferTokens'].includes(name)));
    expect(lines).toEqual([
      expect.stringContaining(
        '(it is there with another type): GafferPhase, GafferTokens. Runs go without them.',
      ) as string,
      '  temporal operator search-attribute create --namespace crew --name GafferPhase --type Keyword',
      '  temporal operator search-attribute create --namespace crew --name GafferTokens --type Int',
    ]);
  });

  it('that another worker made meanwhile are there', async () => {
    const { services } = namespace({ refuses: { GafferAgent: refused(6, 'already exists') } });
    expect(await ensureSearchAttributes(services, 'default')).toEqual({ present: all, lines: [] });
  });

  it('are found by who may neither list nor make them', async () => {
    const denied = refused(7, 'no permission');
    const has = { GafferWorkflow: 2, GafferStatus: 2 };
    const refuses = Object.fromEntries(all.map((name) => [name, denied]));
    const { present, lines } = await ensureSearchAttributes(namespace({ has, refuses, mayList: false }).services, 'd');
    expect(present).toEqual(['GafferWorkflow', 'GafferStatus']);
    expect(lines[0]).toContain('(no permission)');
    expect(lines).toHaveLength(6);
  });
});
