import type { Environment } from '../../config/config.ts';

const secretName = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|^TEMPORAL_GRPC_META_/i;
/** Shorter values are words, and hiding those would spoil the text. */
const shortestSecret = 8;

/**
 * A function that hides what must not leave the machine: values of variables that are named like secrets, passwords in
 * the address of the database, and keys of the model's vendor.
 *
 * Works on JSON text too: it looks for secrets as JSON writes them.
 */
export function createMask(environment: Environment): (text: string) => string {
  const named = Object.entries(environment).flatMap(([name, value]) => (value && secretName.test(name) ? [value] : []));
  const url = environment['DATABASE_URL'];
  const password = url && URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
  const payloadKeys = (environment['GAFFER_PAYLOAD_KEYS'] ?? '')
    .split(/[\s,]+/)
    .map((part) => part.replace(/^[^:]*:/, ''));
  const secrets = [...named, password, ...payloadKeys]
    .filter((value) => value.length >= shortestSecret)
    .map((value) => JSON.stringify(value).slice(1, -1))
    // The longest first: one may be part of another.
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    let masked = text.replace(/\bsk-ant-[\w-]{4,}/g, 'sk-ant-…');
    for (const secret of secrets) masked = masked.replaceAll(secret, '…');
    return masked;
  };
}
