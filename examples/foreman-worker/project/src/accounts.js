import { randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';

/** Opens an account. */
export function createAccount(database, email, password) {
  const account = { id: randomUUID(), email: email.trim().toLowerCase(), failedLogins: 0, ...hash(password) };
  database.save('accounts', account);
  return account;
}

/** The account with that e-mail address, or undefined. */
export function findAccount(database, email) {
  return database.find('accounts', (account) => account.email === email)[0];
}

/** Gives an account a new password and lets its owner try again. */
export function setPassword(database, account, password) {
  database.save('accounts', { ...account, ...hash(password), failedLogins: 0 });
}

/** Whether this is the account's password. Takes the same time for a near miss as for a wild guess. */
export function isPassword(account, password) {
  return timingSafeEqual(Buffer.from(account.passwordHash, 'hex'), derive(password, account.salt));
}

function hash(password) {
  const salt = randomBytes(16).toString('hex');
  return { salt, passwordHash: derive(password, salt).toString('hex') };
}

function derive(password, salt) {
  return scryptSync(password, salt, 32);
}
