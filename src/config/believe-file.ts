import type { Environment } from './environment.ts';
import type { TrustKind } from './trust-store.ts';
import { fileToTrust, NotTrustedError, openTrustStore } from './trust-store.ts';

/** @throws NotTrustedError with what a file asks for, when nobody allowed it as it is */
export function believeFile(
  kind: TrustKind,
  file: { path: string; text: string },
  { asks, environment }: { asks: string; environment: Environment },
): void {
  const thing = fileToTrust(kind, file.path, file.text);
  if (!openTrustStore(environment).holds(thing)) throw new NotTrustedError(thing, asks);
}
