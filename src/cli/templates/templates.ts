import { templateFolders } from '../../client/start/named-template.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatDuration } from '../../domain/format.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import type { TemplateDetails } from '../../definition/templates/describe-template.ts';
import type { TemplateEntry } from '../../definition/templates/find-template.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { table, type Column } from '../show/table.ts';

/** Options of `gaffer templates`, as commander hands them over. */
interface TemplateOptions {
  category?: string;
  tag?: string[];
  yes?: boolean;
  json?: boolean;
}

const columns: readonly Column[] = [
  { title: 'Template' },
  { title: 'Category', drop: 1 },
  { title: 'Complexity', drop: 3 },
  { title: 'About', align: 'right', drop: 4 },
  { title: 'Description', flexible: 20, drop: 2 },
];

/** `gaffer templates [list|show NAME|add SOURCE]`: what can be run by name here, one of them, or more of them. */
export async function execute(
  context: CommandContext,
  [action = 'list', what]: string[],
  options: TemplateOptions,
): Promise<number> {
  const folders = await templateFolders(context.cwd);
  if (action === 'list') return list(context, folders, options);
  if (action === 'show') return show(context, folders, { name: what, isJson: options.json === true });
  if (action === 'add') {
    if (what === undefined) throw new UsageError('from where? gaffer templates add FILE, FOLDER or URL@COMMIT');
    const { add } = await import('./add.ts');
    return add(context, what, options);
  }
  throw new UsageError(
    `there is no \`gaffer templates ${safeLine(action)}\`: there are list, show NAME and add SOURCE.`,
  );
}

async function list(
  { terminal }: CommandContext,
  folders: readonly string[],
  { category, tag = [], json: isJson }: TemplateOptions,
): Promise<number> {
  const [{ listTemplates }, { formatDiagnostic }] = await Promise.all([
    import('../../definition/templates/find-template.ts'),
    import('../../definition/source/diagnostic.ts'),
  ]);
  const { templates, diagnostics } = listTemplates(folders);
  for (const problem of diagnostics) terminal.err(`${terminal.colors.yellow(safeText(formatDiagnostic(problem)))}\n`);
  const asked = tag.flatMap((each) => each.split(',')).map((each) => each.trim());
  const entries = templates
    .map(({ entry }) => entry)
    .filter((entry) => category === undefined || entry.category === category)
    .filter(({ tags }) => asked.length === 0 || asked.some((each) => tags.includes(each)));
  if (isJson) terminal.out(toJson(entries));
  else if (entries.length > 0) {
    const sizes = { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim };
    terminal.out(`${table(columns, entries.map(rowOf), sizes).join('\n')}\n`);
  } else {
    const categories = [...new Set(templates.map(({ entry }) => entry.category))].sort();
    terminal.err(`No such template. Categories are: ${categories.map(safeLine).join(', ')}.\n`);
  }
  return exitCodes.succeeded;
}

async function show(
  { terminal }: CommandContext,
  folders: readonly string[],
  { name, isJson }: { name: string | undefined; isJson: boolean },
): Promise<number> {
  const [{ findTemplate, templateNames }, { describeTemplate }, { nearestHint }] = await Promise.all([
    import('../../definition/templates/find-template.ts'),
    import('../../definition/templates/describe-template.ts'),
    import('../../domain/nearest.ts'),
  ]);
  if (name === undefined) throw new UsageError('which one? gaffer templates show NAME');
  const found = findTemplate(name, folders);
  if (!found) {
    const hint = nearestHint(name, templateNames(folders)) ?? 'list them with: gaffer templates';
    throw new UsageError(`there is no template "${safeLine(name)}"; ${hint}`);
  }
  const details = describeTemplate(found);
  const sizes = { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim };
  terminal.out(isJson ? toJson(details) : `${detailLines(details, sizes).join('\n')}\n`);
  return exitCodes.succeeded;
}

function rowOf({ id, category, complexity, estimatedDuration, description }: TemplateEntry): string[] {
  return [id, category, complexity, formatDuration(estimatedDuration * 1000), description];
}

const inputColumns: readonly Column[] = [
  { title: 'Input' },
  { title: 'Type' },
  { title: 'Default', flexible: 8, drop: 1 },
  { title: 'What to give', flexible: 16, drop: 2 },
];
const taskColumns: readonly Column[] = [
  { title: 'Task', flexible: 12, isId: true },
  { title: 'Agent' },
  { title: 'Waits for', flexible: 12, drop: 1 },
  { title: 'What it does', flexible: 12, drop: 2 },
];

function detailLines(details: TemplateDetails, sizes: Parameters<typeof table>[2]): string[] {
  const { id, name, description, category, complexity, estimatedDuration, tags, file } = details;
  const inputs = Object.entries(details.parameters).map(([input, declared]) => {
    const {
      type = 'string',
      default: otherwise,
      description: what = '',
      enum: words,
    } = Object(declared) as {
      [key: string]: unknown;
    };
    const kind = Array.isArray(words) ? words.join(' | ') : String(type);
    return [input, kind, otherwise === undefined ? '(required)' : JSON.stringify(otherwise), String(what)];
  });
  const tasks = details.tasks.map((task) => [task.id, task.agent, task.dependencies.join(', '), task.description]);
  return [
    `${safeLine(name)}: ${safeLine(description)}`,
    `${safeLine(category)} · ${complexity} · about ${formatDuration(estimatedDuration * 1000)} · ${tags.map(safeLine).join(', ')}`,
    safeLine(file),
    ...(details.added ? [addedLine(details.added)] : []),
    ...(inputs.length > 0 ? ['', ...table(inputColumns, inputs, sizes)] : []),
    ...['', ...table(taskColumns, tasks, sizes)],
    ...(details.outputs.length > 0 ? ['', `Outputs: ${details.outputs.map(safeLine).join(', ')}`] : []),
    ...['', `gaffer run ${id}`],
  ];
}

function addedLine({ source, commit, hash, at, isChanged }: NonNullable<TemplateDetails['added']>): string {
  const where = `${safeLine(source)}${commit === null ? '' : ` at ${safeLine(commit)}`}`;
  return `added ${safeLine(at.slice(0, 10))} from ${where}, sha256 ${safeLine(hash.slice(0, 12))}${isChanged ? ', CHANGED since' : ''}`;
}
