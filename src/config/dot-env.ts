/*
 * What a `.env` may say. Whoever can write into a project can write that file: an agent, or whoever sent it.
 * D1 It fills in what Gaffer knows. Nothing else of it is taken, so it cannot reach into the programs that Gaffer starts
 *    (`NODE_OPTIONS`, `LD_PRELOAD`, `PATH`, a proxy, a cache to run programs from).
 * D2 What decides where keys, prompts and work go, or what agents may, is asked about once for each content of the file.
 * D3 So is all of a file that another account made or can change, but for one that makes no difference.
 */
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { providerNames } from '../domain/money/model-table.ts';
import { parseEnvText, readEnvText } from './dot-env-text.ts';
import { ConfigError, type Environment } from './environment.ts';
import { fileToTrust, isOwn, NotTrustedError, openTrustStore } from './trust-store.ts';

const harmless =
  /^([A-Z][A-Z0-9_]*_API_KEY|GAFFER_(TASK_QUEUE|RETENTION|MODEL_(RPM|TPM|FIRST_BYTE|IDLE)|DEBUG)|CI|NO_COLOR|FORCE_COLOR)$/;
const providers = providerNames.map((name) => name.toUpperCase().replaceAll('-', '_')).join('|');
const widening = new RegExp(`^(GAFFER_[A-Z0-9_]+|TEMPORAL_[A-Z0-9_]+|DATABASE_URL|(${providers})_BASE_URL)$`);

/**
 * What `.env` of a folder fills in. Nothing of it overrides the environment.
 *
 * @throws ConfigError when it cannot be read, NotTrustedError when it asks for what nobody allowed
 */
export function readDotEnv(cwd: string, environment: Environment): Record<string, string> {
  const file = join(cwd, '.env');
  const text = readText(file);
  if (text === undefined) return {};
  const isKnown = (name: string): boolean => harmless.test(name) || widening.test(name);
  const values = Object.entries(parseEnvText(file, text, isKnown)).filter(
    ([name]) => environment[name] === undefined && isKnown(name), // D1
  );
  const asked = isOwn(realpathSync(file)) ? values.filter(([name]) => !harmless.test(name)) : values; // D2, D3
  const thing = fileToTrust('env', file, text);
  if (asked.length > 0 && !openTrustStore(environment).holds(thing)) {
    const names = asked.map(([name]) => name).join(', ');
    throw new NotTrustedError(
      thing,
      `${thing.path} sets ${names}: that decides where keys and work go, and nobody has allowed it as it is now.`,
    );
  }
  return Object.fromEntries(values);
}

function readText(file: string): string | undefined {
  try {
    // A pipe would be waited for.
    if (!statSync(file).isFile()) return undefined;
    return readEnvText(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new ConfigError('.env', `${file} cannot be read; make it readable or take it away`, { cause: error });
  }
}
