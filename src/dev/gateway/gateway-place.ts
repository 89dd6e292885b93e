/*
 * Where the gateways of this account listen and are found again, whatever home or worker uses them:
 * W1 One folder that no other account can enter, with a short path: a socket's has at most 103 bytes.
 * W2 A gateway's name says all that it was ordered: who wants another account, another database or another version gets another one.
 *    The name helps nobody to guess a key: it is made with a secret.
 * W3 What agents may reach is a socket in a folder with nothing else in it; what ends a gateway or tells of it lies beside that folder.
 */
import { createHmac } from 'node:crypto';
import { readdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ensureSecret } from '../../config/home-secret.ts';
import type { GafferHome } from '../../config/home.ts';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { packageVersion } from '../../host/package/version.ts';
import { longestSocketPath, privateFolder, privateFolders, temporaryFolder } from '../../host/private-folder.ts';
import { type ProcessIdentity, standingOf } from '../../host/process-identity.ts';
import { processPlace } from '../../host/process-place.ts';
import { withFileLock } from '../file-lock.ts';
import { StackError } from '../stack-error.ts';

const kind = 'gateways';

/** A gateway's paths. */
export interface GatewayPlace {
  /** Its name: one that is started again has it, too. */
  id: string;
  /** Holds the socket and nothing else. */
  folder: string;
  /** What agents and workers speak to. */
  socket: string;
  /** What its users hold, and by what they end it. */
  control: string;
  lock: string;
  record: string;
}

/** A gateway that is there, as its record has it. */
export interface GatewayRecord extends ProcessIdentity {
  home: string;
  socket: string;
  /** ISO 8601. */
  since: string;
}

/**
 * The place of the gateway that does just what is `ordered` for a home; the same for everybody who orders it.
 *
 * @throws StackError `no-server` when there is no folder for it
 */
export async function placeOf(home: GafferHome, ordered: string): Promise<GatewayPlace> {
  const folder = await shortFolder();
  const said = JSON.stringify([packageVersion(), import.meta.url, processPlace() ?? null, realHome(home), ordered]);
  const name = createHmac('sha256', ensureSecret({ path: folder }))
    .update(said)
    .digest('hex')
    .slice(0, 12); // W2
  return placeIn(folder, name);
}

function placeIn(folder: string, name: string): GatewayPlace {
  const at = (ending: string): string => join(folder, `${name}.${ending}`);
  // W3
  const own = join(folder, name);
  return { id: name, folder: own, socket: join(own, 's'), control: at('c'), lock: at('lock'), record: at('json') };
}

// W1
export async function shortFolder(): Promise<string> {
  for (const folderFor of [privateFolder, temporaryFolder]) {
    const folder = await folderFor(kind).catch(() => undefined);
    if (folder !== undefined && Buffer.byteLength(placeIn(folder, '0'.repeat(12)).socket) <= longestSocketPath)
      return folder;
  }
  const wayOut = 'Set XDG_STATE_HOME to a folder of your own with a short name, or GAFFER_GATEWAY=off.';
  throw new StackError('no-server', `the gateway of models has no place for its socket. ${wayOut}`);
}

/** Notes a gateway the moment its process exists: whatever is killed afterwards, it is found again. */
export function writeRecord(place: GatewayPlace, record: GatewayRecord): void {
  writeJsonFile(place.record, record);
}

/** What is noted at that place, alive or not. */
export function readRecord({ record }: Pick<GatewayPlace, 'record'>): GatewayRecord | undefined {
  const found = readJsonFile(record) as Partial<GatewayRecord> | undefined;
  const isRecord = Number.isInteger(found?.pid) && typeof found?.stamp === 'string' && typeof found.home === 'string';
  return isRecord ? (found as GatewayRecord) : undefined;
}

/** Takes away what one that died leaves behind. Its folder stays: an agent that lives looks for the next one there. */
export function clearSockets({ socket, control, record }: GatewayPlace): void {
  for (const file of [control, socket, record]) rmSync(file, { force: true });
}

/** The same, with the folder. The record goes last: who finds none may start another one. */
export function clearPlace({ folder, control, record }: GatewayPlace): void {
  for (const file of [control, folder, record]) rmSync(file, { recursive: true, force: true });
}

/** The gateways of a home that are alive; what dead ones left is swept away, of other homes, too. */
export async function gatewaysOf(home: GafferHome): Promise<{ record: GatewayRecord; place: GatewayPlace }[]> {
  const noted = (await privateFolders(kind)).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^[0-9a-f]{12}\.json$/.test(name))
      .flatMap((file) => {
        const place = placeIn(folder, basename(file, '.json'));
        const record = readRecord(place);
        return record ? [{ place, record }] : [];
      }),
  );
  for (const { place, record } of noted) if (standingOf(record) === 'dead') await sweep(place);
  return noted.filter(({ record }) => record.home === realHome(home) && standingOf(record) === 'alive');
}

/** Takes away what one that died leaves behind, unless somebody starts another one there. */
export async function sweep(place: GatewayPlace): Promise<void> {
  const clear = async (): Promise<void> => {
    const record = readRecord(place);
    if (record && standingOf(record) === 'dead') clearPlace(place);
  };
  // Who holds it starts another one there.
  await withFileLock(place.lock, clear, { patienceMs: 0 }).catch((error: unknown) => {
    if (!(error instanceof StackError)) throw error;
  });
}

/** A home by the name that it has on this machine, also before it is there. */
export function realHome({ path }: GafferHome): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
