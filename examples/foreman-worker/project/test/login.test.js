import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../src/accounts.js';
import { Database } from '../src/database.js';
import { login } from '../src/login.js';

function shopWithAda() {
  const database = new Database();
  createAccount(database, 'ada@example.org', 'correct horse');
  return database;
}

test('the right password signs in', () => {
  assert.equal(login(shopWithAda(), 'ada@example.org', 'correct horse').ok, true);
});

test('a wrong password and an unknown address get the same answer', () => {
  const database = shopWithAda();
  assert.deepEqual(login(database, 'ada@example.org', 'wrong'), login(database, 'bob@example.org', 'wrong'));
});

test('after five wrong passwords the account is locked', () => {
  const database = shopWithAda();
  for (let attempt = 0; attempt < 5; attempt++) login(database, 'ada@example.org', 'wrong');
  assert.match(login(database, 'ada@example.org', 'correct horse').reason, /locked/);
});

test('capital letters and blanks around the address do not matter', () => {
  assert.equal(login(shopWithAda(), ' Ada@Example.org ', 'correct horse').ok, true);
});
