import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../src/accounts.js';
import { Database } from '../src/database.js';
import { login } from '../src/login.js';
import { requestReset, resetPassword } from '../src/password-reset.js';
import { settings } from '../src/settings.js';

const noon = Date.UTC(2026, 0, 15, 12);

function shopWithAda() {
  const database = new Database();
  createAccount(database, 'ada@example.org', 'forgotten');
  return database;
}

test('a reset link sets a new password', () => {
  const database = shopWithAda();
  const token = requestReset(database, 'ada@example.org', noon);
  assert.equal(resetPassword(database, token, 'remembered', noon + 1000), true);
  assert.equal(login(database, 'ada@example.org', 'remembered').ok, true);
});

test('a reset link works once', () => {
  const database = shopWithAda();
  const token = requestReset(database, 'ada@example.org', noon);
  resetPassword(database, token, 'first', noon + 1000);
  assert.equal(resetPassword(database, token, 'second', noon + 2000), false);
});

test('a reset link stops working when its time is up', () => {
  const lifetime = settings.resetLinkMinutes * 60_000;
  assert.ok(lifetime > 0, 'settings.resetLinkMinutes is not decided');
  const database = shopWithAda();
  const inTime = requestReset(database, 'ada@example.org', noon);
  assert.equal(resetPassword(database, inTime, 'in time', noon + lifetime - 1), true);
  const late = requestReset(database, 'ada@example.org', noon);
  assert.equal(resetPassword(database, late, 'too late', noon + lifetime), false);
  assert.equal(login(database, 'ada@example.org', 'too late').ok, false);
});
