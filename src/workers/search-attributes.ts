import type { NativeConnection } from '@temporalio/worker';
import { safeLine } from '../domain/safe-text.ts';
import { searchAttributes, type SearchAttribute } from '../domain/run/search-attributes.ts';

/** What of a connection is asked: the SDK's own services. */
type Services = Pick<NativeConnection, 'operatorService' | 'workflowService'>;

/** Which search attributes a namespace has, and what people can do about the others. */
export interface FoundAttributes {
  /** Those that runs may write. */
  present: SearchAttribute[];
  /** What is missing, why, and how it is made by hand: in lines for people, none when all are there. */
  lines: string[];
}

const names = Object.keys(searchAttributes) as SearchAttribute[];
/** Temporal's numbers of types. */
const types = { Keyword: 2, Int: 3, Double: 4, KeywordList: 7 } as const;
const alreadyExists = 6;

/** Sees to our search attributes, one by one: what cannot be made hinders no other, and runs go without it. */
export async function ensureSearchAttributes(connection: Services, namespace: string): Promise<FoundAttributes> {
  const known = await readKnown(connection, namespace);
  const present: SearchAttribute[] = [];
  const missing: { name: SearchAttribute; why: string }[] = [];
  for (const name of names) {
    const type = types[searchAttributes[name]];
    const found = known?.[name];
    const why =
      found === undefined
        ? await make(connection, namespace, name)
        : found === type
          ? null
          : 'it is there with another type';
    if (why === null) present.push(name);
    else missing.push({ name, why });
  }
  return { present, lines: missing.length === 0 ? [] : linesOf(missing, namespace) };
}

/** Types by their names; null: nobody says. */
async function readKnown(
  { operatorService, workflowService }: Services,
  namespace: string,
): Promise<Readonly<Record<string, number>> | null> {
  try {
    return (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  } catch {
    // Who may not ask the operator's service may still be told.
    const answer = await workflowService.getSearchAttributes({}).catch(() => null);
    return answer && (answer.keys ?? {});
  }
}

/** @returns why it cannot be made; null: it is there */
async function make({ operatorService }: Services, namespace: string, name: SearchAttribute): Promise<string | null> {
  try {
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: { [name]: types[searchAttributes[name]] },
    });
    return null;
  } catch (error) {
    const { code, details } = error as { code?: number; details?: string };
    // Another worker was quicker.
    if (code === alreadyExists) return null;
    return safeLine(details ?? (error as Error).message).slice(0, 200);
  }
}

function linesOf(missing: readonly { name: SearchAttribute; why: string }[], namespace: string): string[] {
  const list = missing.map(({ name }) => name).join(', ');
  const byHand = missing.map(
    ({ name }) =>
      `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${searchAttributes[name]}`,
  );
  return [
    `Search attributes that are missing, and that this worker cannot make (${missing[0]!.why}): ${list}. Runs go without them. By hand, and workers started anew:`,
    ...byHand,
  ];
}
