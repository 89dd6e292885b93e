import type { Offer } from '../../client/templates/add-templates.ts';
import type { BroughtTemplate } from '../../client/templates/brought-templates.ts';
import { GafferError } from '../../domain/errors.ts';
import { plural } from '../../domain/format.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { shippedTemplates } from '../../definition/templates/shipped-templates.ts';
import { findTemplate } from '../../definition/templates/find-template.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { askYesNo } from '../options/ask.ts';

/**
 * Somebody has to look at what would be added, and nobody can be asked here.
 *
 * @internal
 */
export class NotLookedAtError extends GafferError {
  override readonly name = 'NotLookedAtError';
  readonly kind = 'needs-person';
}

/** `gaffer templates add SOURCE`: shows what templates hold, and keeps them in the user's own folder if that is wanted. Nothing of them runs. */
export async function add(
  { cwd, terminal }: CommandContext,
  source: string,
  { yes = false, json: isJson = false }: { yes?: boolean; json?: boolean },
): Promise<number> {
  const { addTemplates } = await import('../../client/templates/add-templates.ts');
  const isWanted = async (offer: Offer): Promise<boolean> => {
    terminal.err(`${offerLines(offer).join('\n')}\n`);
    if (yes) return true;
    if (isJson || !terminal.canAsk)
      throw new NotLookedAtError('nothing was added: look at what is listed above, and say --yes if you want it.');
    return askYesNo(`Add ${plural(offer.templates.length, 'template')}?`);
  };
  const added = await addTemplates(source, { cwd, isWanted });
  if (isJson) terminal.out(toJson(added));
  else if (added.length === 0) terminal.err('Nothing was added.\n');
  else for (const { id, file } of added) terminal.out(`added ${id}: ${safeLine(file)}\n`);
  return exitCodes.succeeded;
}

function offerLines({ brought, templates }: Offer): string[] {
  const commit = brought.commit === null ? '' : ` at ${brought.commit}`;
  const rest = brought.leftOut === 0 ? '' : ` (${plural(brought.leftOut, 'other file')} left out)`;
  return [
    `${safeLine(brought.source)}${commit}: ${plural(templates.length, 'template')}${rest}`,
    ...templates.flatMap(linesOf),
  ];
}

function linesOf(template: BroughtTemplate): string[] {
  const { id, hash, details, agents, otherAgents, policy, commands, workspaces } = template;
  const lines = (title: string, entries: readonly string[]): string[] =>
    entries.length === 0
      ? []
      : [`  ${title}`, ...entries.map((entry) => `    ${safeText(entry).replaceAll('\n', '\n    ')}`)];
  const isOurs = findTemplate(id, [shippedTemplates()]) !== null;
  return [
    '',
    `${id}: ${safeLine(details.description || details.name)}`,
    `  ${plural(details.tasks.length, 'task')}, sha256 ${hash}`,
    ...(isOurs ? ['  it takes the place of the one that comes with Gaffer'] : []),
    ...lines(
      'brings agents',
      agents.map(({ name, tools, rules }) => {
        const own = rules === 0 ? '' : `, ${plural(rules, 'rule')} of its own`;
        return `${name}: ${tools.join(', ') || 'no tools'}${own}`;
      }),
    ),
    ...lines(
      'uses agents of yours, or those that come with Gaffer',
      otherAgents.length === 0 ? [] : [otherAgents.join(', ')],
    ),
    ...lines('rules for calls of tools', policy.length === 0 ? ['none: every call is allowed'] : policy),
    ...lines('runs without an agent', commands),
    ...lines('has agents work in', workspaces),
  ];
}
