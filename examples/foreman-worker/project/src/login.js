import { findAccount, isPassword } from './accounts.js';

const allowedFailures = 5;

/** Signs somebody in: `{ ok: true, accountId }`, or `{ ok: false, reason }`. */
export function login(database, email, password) {
  const account = findAccount(database, email);
  if (!account) return { ok: false, reason: 'unknown address or wrong password' };
  if (account.failedLogins >= allowedFailures) return { ok: false, reason: 'locked: reset the password' };
  if (!isPassword(account, password)) {
    database.save('accounts', { ...account, failedLogins: account.failedLogins + 1 });
    return { ok: false, reason: 'unknown address or wrong password' };
  }
  database.save('accounts', { ...account, failedLogins: 0 });
  return { ok: true, accountId: account.id };
}
