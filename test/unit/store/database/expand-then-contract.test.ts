import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrations, type Migration } from '../../../../src/store/database/migrate.ts';

/** The last step of the first release: what came before has no code that would have to live with it. */
const firstRelease = 12;
/** What code that does not know of a step notices. */
const noticed = [
  // A table cannot be called `on`: there a trigger stands before what it names.
  /\b(drop|rename|truncate(?!\s+on\b)|set\s+not\s+null|set\s+data\s+type|alter\s+column|add\s+constraint)\b/i,
  /add column[^;,]*not null(?![^;,]*(default|generated\s+always\s+as))/i,
];

function breachOf({ id, sql, worksFrom }: Migration): string | null {
  if (id <= firstRelease || worksFrom === id) return null;
  if (worksFrom === undefined || worksFrom > id) return 'say by worksFrom whose code works on it (migrate.ts, S1)';
  return noticed.some((form) => form.test(sql)) ? 'what changes or takes away comes a release later (S2)' : null;
}

describe('steps of the schema', () => {
  it('stand one after the other, say whose code works on them, and only add where that is code of before', () => {
    expect(migrations.map(({ id }) => id)).toEqual(migrations.map((_, index) => index + 1));
    expect(migrations.map(breachOf).filter((breach) => breach !== null)).toEqual([]);
  });

  it.each([
    ['alter table runs add column more text', 12, null],
    ['create table more (id int not null)', 12, null],
    ["alter table runs add column more text not null default ''", 12, null],
    ["alter table runs add column more text not null\n  generated always as (concat(id, '')) stored", 12, null],
    ['create trigger t before delete or truncate on more execute function f()', 12, null],
    ['truncate more', 12, 'a release later'],
    ['alter table runs add column more text', undefined, 'whose code'],
    ['alter table runs add column more text', 14, 'whose code'],
    ['alter table runs add column more text not null', 12, 'a release later'],
    ['alter table runs rename column reason to why', 12, 'a release later'],
    ['alter table runs alter column reason set not null', 12, 'a release later'],
    ['alter table runs drop column reason', 12, 'a release later'],
    ['alter table runs drop column reason', 13, null],
  ])('%s, for code from step %s on: %s', (sql, worksFrom, breach) => {
    const found = breachOf({ id: 13, name: 'later', sql, ...(worksFrom !== undefined && { worksFrom }) });
    if (breach === null) expect(found).toBeNull();
    else expect(found).toContain(breach);
  });
});

/** Where a statement gives out all columns of something: what stands in brackets is for the statement itself. */
function starsIn(code: string): string[] {
  const bare = code.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '').replace(/\$\{[^{}]*\}/g, '0');
  const texts = bare.match(/`[^`]*`|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g) ?? [];
  return texts.flatMap(
    (text) => withoutBrackets(text).match(/(?:\b(?:select|returning|distinct)|,)\s+(?:\w+\.)?\*/gi) ?? [],
  );
}

function withoutBrackets(text: string): string {
  const inner = text.replace(/\([^()]*\)/g, '');
  return inner === text ? text : withoutBrackets(inner);
}

describe('statements of the store', () => {
  it('name the columns that they give out, as a table may grow under them', () => {
    const files = readdirSync('src/store', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(30);
    const found = files.flatMap((name) =>
      starsIn(readFileSync(join('src/store', name), 'utf8')).map((star) => `${name}: ${star}`),
    );
    expect(found).toEqual([]);
  });

  it.each([
    ['sql`select * from runs`', 1],
    ["query('select r.* from runs r')", 1],
    ['`with a as (select 1)\n  select r.*,\n r.no from runs r`', 1],
    ['`select r.no,\n  m.* from runs r`', 1],
    ['`select distinct * from runs where at < now()`', 1],
    ['`insert into runs values (${value}) returning *`', 1],
    ['`${clause ? `where a = (1` : ""} returning r.*`', 1],
    ['`with a as (select * from runs), b as (delete from runs returning *) select a.no from a`', 0],
    ['`select count(*), 2 * 3 from runs`', 0],
    ['/* a,\n * select * from it */', 0],
  ])('of %j: so many stars give columns out: %i', (code, count) => {
    expect(starsIn(code)).toHaveLength(count);
  });
});
