import type { Environment } from './environment.ts';
import type { TrustKind } from './trust-store.ts';
import { fileToTrust, NotTrustedError, openTrustStore } from './trust-store.ts';

/** @throws NotTrustedError with what a file asks for, and with the file where `isShown`, when nobody allowed it as it is */
export function believeFile(
  kind: TrustKind,
  file: { path: string; text: string },
  { asks, environment, isShown = false }: { asks: string; environment: Environment; isShown?: boolean },
): void {
  const thing = fileToTrust(kind, file.path, file.text);
  if (!openTrustStore(environment).holds(thing)) throw new NotTrustedError(thing, asks, isShown ? file.text : null);
}
