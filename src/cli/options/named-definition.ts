import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { PlanSource } from '../../definition/formats/open-definition.ts';
import { isBlank } from '../../domain/blank-text.ts';
import { UsageError } from '../../domain/errors.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { DefinitionOptions } from './run-options.ts';

/** What a team's file is called where nobody names it. */
const teamFile = 'orchestrator-config.json';

/**
 * The definition that a command line names: a file, a task in words, or for a feature the team of this folder, else the usual one.
 *
 * @throws UsageError when it names none, or two; DefinitionError when the requirements cannot be read
 */
export async function namedDefinition(
  cwd: string,
  named: string | undefined,
  options: DefinitionOptions,
): Promise<PlanSource> {
  const { feature, config, task, requirements } = options;
  for (const [option, words] of Object.entries({ '--task': task, '--feature': feature })) {
    if (words !== undefined && isBlank(words))
      throw new UsageError(`${option} is blank: say in words what is to be ${option === '--task' ? 'done' : 'built'}.`);
  }
  const given = Object.entries({ 'a file': named, '--config': config, '--task': task });
  const [first, second] = given.filter(([, value]) => value !== undefined).map(([name]) => name);
  if (second !== undefined) throw new UsageError(`give ${first} or ${second}, not both.`);
  if (requirements !== undefined && task === undefined) throw new UsageError('--requirements belongs to --task "…".');
  if (task !== undefined) {
    if (feature !== undefined) throw new UsageError('give --task or --feature, not both.');
    const wanted = requirements === undefined ? {} : { requirements: await readRequirements(cwd, requirements) };
    return { kind: 'object', value: { task, ...wanted }, name: 'task' };
  }
  const file = named ?? config;
  if (file !== undefined) return { kind: 'file', file };
  if (feature === undefined) throw new UsageError('name a workflow file, or give --task "…" or --feature "…".');
  if (existsSync(resolve(cwd, teamFile))) return { kind: 'file', file: teamFile };
  const { usualTeam } = await import('../../definition/formats/usual-team.ts');
  return { kind: 'object', value: usualTeam, name: 'team' };
}

/** Requirements as JSON, or in a file: JSON, YAML, or Markdown and text as they stand. */
async function readRequirements(cwd: string, given: string): Promise<JsonValue> {
  const [{ readYaml }, { readSourceFile, SourceText }] = await Promise.all([
    import('../../definition/source/read-yaml.ts'),
    import('../../definition/source/source-text.ts'),
  ]);
  if (given.trimStart().startsWith('{')) return readYaml(new SourceText(given, '--requirements'), 'json').value;
  const source = readSourceFile(resolve(cwd, given));
  const ending = extname(given).toLowerCase();
  if (['.md', '.markdown', '.txt'].includes(ending)) return source.text;
  return readYaml(source, ending === '.json' ? 'json' : 'yaml').value;
}
