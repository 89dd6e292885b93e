import { StoreError } from '../store.ts';

/** SQLSTATEs of a server that goes away, or took us for idle; class 08 is about connections, too. */
const goneCodes = ['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04'];
/** Of one that does not want us, with the way out. */
const refusedCodes: Readonly<Record<string, string>> = {
  '28P01': 'check DATABASE_URL: its user and password',
  '28000': 'check DATABASE_URL: its user, and whether it needs ?sslmode=require',
  '3D000': 'check DATABASE_URL, or make the database: createdb',
  '55000': 'check DATABASE_URL: this database takes no connections, as a template',
  '42501': 'check DATABASE_URL: its user has to own the database, or may need grant create, usage on schema public',
};
/** Of ours, of PostgreSQL's and of poolers' (08P01 and XX000, PgBouncer and others) for the same. */
const crowdWords = /too many (clients|connections)|no more connections allowed|max clients|remaining connection slots/i;
const tooManyConnections = '53300';
/** A prepared statement that another connection has, or this one had: somebody in between deals out connections by transaction. */
const pooledCodes = ['26000', '42P05'];
/*
 * What keeps a statement from being done, and passes: transactions that are in each other's way (class 40), a full disk or memory (53),
 * errors of the system below (58), a lock that was not to be had, a statement that was ended from outside or took too long, and a
 * server that only reads for now.
 */
const hinderedCodes = /^(?:40...|53...|58...|55P03|55006|57014|25006)$/;
/** The driver's own words, which have no code. */
const lostWords =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|was closed and is not queryable/;
const certificateCodes = /SELF_SIGNED|UNABLE_TO_|^CERT_|^ERR_TLS_CERT|^INVALID_CA$/;
const passwordWords = /^SASL: .*password must be/;
const plainWords = /server does not support SSL/i;

/** An error of the database as the store tells it: what is about the connection and not about a statement has a name of its own. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const { code = '', syscall } = (error ?? {}) as { code?: string; syscall?: string };
  const message = error instanceof Error ? error.message : String(error);
  const told = (reason: StoreError['reason'], words: string): StoreError =>
    new StoreError(reason, words, { cause: error });
  if (code === tooManyConnections || crowdWords.test(message)) {
    const wayOut =
      'fewer for each worker (GAFFER_DATABASE_CONNECTIONS), or more there (max_connections, or a limit of its user)';
    return told('busy', `the database takes no more connections: ${message}; ${wayOut}`);
  }
  const refusal = refusalOf(code, message);
  if (refusal !== undefined) return told('unreachable', `the database refuses us: ${message}; ${refusal}`);
  const isLost = goneCodes.includes(code) || code.startsWith('08') || lostWords.test(message);
  // One of the operating system: the server cannot be reached, or went away in the middle of a word.
  if (isLost || syscall !== undefined || errorsOf(error).some((one) => 'syscall' in one)) {
    return told('unreachable', `the database does not answer: ${message || code}`);
  }
  if (pooledCodes.includes(code)) {
    const what = 'a pooler in front of the database gives each transaction another connection';
    const wayOut =
      'let DATABASE_URL name the database itself, or have it pool sessions (PgBouncer: pool_mode = session)';
    return told('pooler', `${what} (${message}), which Gaffer cannot work with: ${wayOut}`);
  }
  if (hinderedCodes.test(code)) return told('hindered', `the database cannot do this now: ${message}`);
  return error;
}

/** The way out where it does not want us; undefined: it is something else. */
function refusalOf(code: string, message: string): string | undefined {
  if (certificateCodes.test(code)) return 'check DATABASE_URL: ?sslrootcert=FILE names the authority that signed it';
  if (passwordWords.test(message)) return 'check DATABASE_URL: it has no password';
  if (plainWords.test(message)) return 'check DATABASE_URL: ?sslmode=disable';
  return refusedCodes[code];
}

// A name with several addresses fails with all of their errors.
function errorsOf(error: unknown): object[] {
  return error instanceof AggregateError
    ? error.errors.filter((one): one is object => typeof one === 'object' && one !== null)
    : [];
}
