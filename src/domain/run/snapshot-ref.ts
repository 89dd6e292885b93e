/** Where git keeps what a workspace held at a checkpoint of a run; `name`: of a task's own one, what the task says of it. */
export function snapshotRef(runId: string, checkpoint: string, name?: string): string {
  // No part of a name holds an `@`, and two of these may stand in one repository.
  return `${snapshotPrefix(runId)}${toRefPart(checkpoint)}${name === undefined ? '' : `@${toRefPart(name)}`}`;
}

/** What the names of all snapshots of a run begin with, of no other run. */
export function snapshotPrefix(runId: string): string {
  return `refs/gaffer/${toRefPart(runId)}/`;
}

/** A name as one part of a ref's. Git allows few signs in a name. Different names must not share one, so each other sign becomes its number. */
export function toRefPart(name: string): string {
  // `refs/gaffer/kept` is no run's.
  if (name === 'kept') return 'k.65pt';
  const plain = name.replace(/[^A-Za-z0-9_-]/gu, (sign) =>
    sign === '/' ? '-' : `.${sign.codePointAt(0)!.toString(16)}`,
  );
  return plain.replace(/^\./, '_.');
}
