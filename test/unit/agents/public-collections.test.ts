import { describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/registry.ts';
import { folderOf } from './agent-folder.ts';
import type { CollectionFile } from './public-collections.ts';
import { collections } from './public-collections.ts';

const written = (files: readonly CollectionFile[], below = ''): Record<string, string> =>
  Object.fromEntries(files.map(({ path, content }) => [`${below}${path}`, content]));

describe('a collection of agents as it is found in public', () => {
  it.each(Object.entries(collections))('loads as it stands: %s', (_, files) => {
    const dir = folderOf(written(files));
    const { agents, diagnostics } = loadAgents([dir]);
    const expected = files.flatMap(({ becomes }) =>
      becomes && 'name' in becomes ? [`${becomes.name}: ${becomes.tools.join(' ')}`] : [],
    );
    expect([...agents.values()].map(({ name, tools }) => `${name}: ${tools.join(' ')}`).toSorted()).toEqual(
      expected.toSorted(),
    );
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ file, line }) => `${file?.slice(dir.length + 1)}:${line}`).toSorted()).toEqual(
      files
        .flatMap(({ path, becomes }) => (becomes && 'line' in becomes ? [`${path}:${becomes.line}`] : []))
        .toSorted(),
    );
    const said = diagnostics.map(({ code, message }) => `${code} ${message.replace(/ \(so in .*/, '')}`);
    expect(new Set(said).size).toBe(said.length);
  });

  it('is one of many in a folder: 300 agents, each within reach, and few words about them', () => {
    const all = Object.values(collections);
    const dir = folderOf(
      Object.assign({}, ...all.map((files, at) => written(files, `collection-${at}/`))) as object as Record<
        string,
        string
      >,
    );
    const { agents, known, qualified, diagnostics } = loadAgents([dir]);
    expect(agents.size).toBe(300);
    expect(new Set([...qualified.values()].map(({ file }) => file)).size).toBe(300);
    for (const [name, { agent }] of [...known, ...qualified]) expect(agent.name).toBe(name);
    expect(agents.get('api-0/sql-pro') ?? agents.get('sql-pro')).toBeDefined();
    const names = new Set(
      all.flatMap((files) => files.flatMap(({ becomes }) => (becomes && 'name' in becomes ? [becomes.name] : []))),
    );
    expect([...names].filter((name) => !agents.has(name))).toEqual([]);
    const shared = diagnostics.filter(({ code }) => code === 'duplicate-agent');
    // The four broken files of each collection, too.
    expect(shared).toHaveLength(30 + 4);
    expect(shared.find(({ message }) => message.includes('"sql-pro"'))!.message).toMatch(
      /^the agent "sql-pro" is the one of .+: the other 8 are "[\w-]+\/sql-pro", .+ …$/,
    );
    expect(diagnostics.filter(({ severity }) => severity === 'warning').length).toBeLessThan(34 + 40);
  });
});
