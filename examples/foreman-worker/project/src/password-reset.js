import { createHash, randomBytes } from 'node:crypto';
import { findAccount, setPassword } from './accounts.js';

/** Starts a reset. Returns the token for the link in the mail, or null when nobody has that address. */
export function requestReset(database, email, now = Date.now()) {
  const account = findAccount(database, email);
  if (!account) return null;
  const token = randomBytes(32).toString('base64url');
  // Only the hash is kept: who reads the table cannot use what stands in it.
  database.save('resets', { id: fingerprint(token), accountId: account.id, requestedAt: now });
  return token;
}

/** Sets a new password, once per token. Returns whether the token was good. */
export function resetPassword(database, token, newPassword, now = Date.now()) {
  const reset = database.findById('resets', fingerprint(token));
  if (!reset) return false;
  database.remove('resets', reset.id);
  const account = database.findById('accounts', reset.accountId);
  if (!account) return false;
  setPassword(database, account, newPassword);
  return true;
}

function fingerprint(token) {
  return createHash('sha256').update(token).digest('hex');
}
