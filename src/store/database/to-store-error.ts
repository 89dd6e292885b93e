import { StoreError } from '../store.ts';

/** SQLSTATEs of a server that goes away, or took us for idle; class 08 is about connections, too. */
const goneCodes = ['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04'];
const refusedCodes = ['28P01', '28000', '3D000', '42501'];
const tooManyConnections = '53300';
/*
 * What keeps a statement from being done, and passes: transactions that are in each other's way (class 40), a full disk or memory (53),
 * errors of the system below (58), a lock that was not to be had, a statement that was ended from outside or took too long, and a
 * server that only reads for now.
 */
const hinderedCodes = /^(?:40...|53...|58...|55P03|55006|57014|25006)$/;
/** The driver's own words, which have no code. */
const lostWords = /Connection terminated|connection error and is not queryable|was closed and is not queryable/;

/** An error of the database as the store tells it: what is about the connection and not about a statement has a name of its own. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const { code = '', syscall } = (error ?? {}) as { code?: string; syscall?: string };
  const message = error instanceof Error ? error.message : String(error);
  const isLost = goneCodes.includes(code) || code.startsWith('08') || lostWords.test(message);
  // One of the operating system: the server cannot be reached, or went away in the middle of a word.
  if (isLost || syscall !== undefined || errorsOf(error).some((one) => 'syscall' in one)) {
    return new StoreError('unreachable', `the database does not answer: ${message || code}`, { cause: error });
  }
  if (code === tooManyConnections) {
    return new StoreError('busy', `the database takes no more connections: ${message}`, { cause: error });
  }
  if (hinderedCodes.test(code)) {
    return new StoreError('hindered', `the database cannot do this now: ${message}`, { cause: error });
  }
  if (refusedCodes.includes(code)) {
    return new StoreError('unreachable', `the database refuses us: ${message}; check DATABASE_URL`, { cause: error });
  }
  return error;
}

// A name with several addresses fails with all of their errors.
function errorsOf(error: unknown): object[] {
  return error instanceof AggregateError
    ? error.errors.filter((one): one is object => typeof one === 'object' && one !== null)
    : [];
}
