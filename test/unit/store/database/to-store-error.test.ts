import { describe, expect, it } from 'vitest';
import { toStoreError } from '../../../../src/store/database/to-store-error.ts';
import { isPassing } from '../../../../src/store/store.ts';

function told(code: string): Error {
  return Object.assign(new Error('words of the server'), { code, severity: 'ERROR' });
}

describe('toStoreError', () => {
  it.each([
    ['57P01', 'unreachable'], // an administrator ends the connection
    ['25P04', 'unreachable'], // a transaction took too long, and its connection is ended
    ['08006', 'unreachable'],
    ['53300', 'busy'],
    ['40001', 'hindered'], // two transactions at once
    ['40P01', 'hindered'], // a deadlock
    ['55P03', 'hindered'], // a lock that was not to be had
    ['57014', 'hindered'], // pg_cancel_backend, or statement_timeout
    ['53100', 'hindered'], // a full disk
    ['53200', 'hindered'], // no memory
    ['58030', 'hindered'], // a disk that fails
    ['25006', 'hindered'], // a standby that is not promoted yet
  ])('takes %s for %s, which passes', (code, reason) => {
    const error = toStoreError(told(code));
    expect(error).toMatchObject({ name: 'StoreError', reason });
    expect(isPassing(error)).toBe(true);
  });

  it.each(['22P05', '23505', '42P01', '21000'])('leaves %s to whoever asked: it would be the same again', (code) => {
    const error = told(code);
    expect(toStoreError(error)).toBe(error);
    expect(isPassing(error)).toBe(false);
  });

  it.each([
    ['53300', 'sorry, too many clients already', 'busy', 'GAFFER_DATABASE_CONNECTIONS'],
    ['08P01', 'no more connections allowed (max_client_conn)', 'busy', 'max_connections'],
    ['XX000', 'MaxClientsInSessionMode: max clients reached', 'busy', 'takes no more connections'],
    ['53300', 'remaining connection slots are reserved for superusers', 'busy', 'takes no more connections'],
    ['28P01', 'password authentication failed for user "x"', 'unreachable', 'its user and password'],
    ['28000', 'no pg_hba.conf entry for host "x", no encryption', 'unreachable', 'sslmode=require'],
    ['3D000', 'database "x" does not exist', 'unreachable', 'createdb'],
    ['42501', 'permission denied for schema public', 'unreachable', 'grant create'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'unreachable', 'sslrootcert'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'does not match', 'unreachable', 'the database refuses us'],
    ['', 'The server does not support SSL connections', 'unreachable', 'sslmode=disable'],
    ['', 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'unreachable', 'has no password'],
    ['26000', 'prepared statement "gaffer_3" does not exist', 'pooler', 'pool_mode = session'],
    ['42P05', 'prepared statement "gaffer_3" already exists', 'pooler', 'DATABASE_URL name the database itself'],
  ])('tells %s (%s) with its way out', (code, said, reason, wayOut) => {
    const error = toStoreError(Object.assign(new Error(said), { code }));
    expect(error).toMatchObject({ name: 'StoreError', reason });
    expect((error as Error).message).toContain(said);
    expect((error as Error).message).toContain(wayOut);
  });

  it('tells a pooler as what does not pass', () => {
    expect(isPassing(toStoreError(told('26000')))).toBe(false);
  });
});
