import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../src/database.js';
import { orderReport } from '../src/order-report.js';

function shopWithOrders(count) {
  const database = new Database();
  database.save('customers', { id: 1, name: 'Ada' });
  database.save('customers', { id: 2, name: 'Bob' });
  for (let id = 1; id <= count; id++) database.save('orders', { id, customerId: 1 + (id % 2), cents: id * 125 });
  return database;
}

test('the report names the customer and the amount of every order', () => {
  assert.deepEqual(orderReport(shopWithOrders(2)), ['#1 Bob: 1.25', '#2 Ada: 2.50']);
});

test('an order without a customer is reported too', () => {
  const database = new Database();
  database.save('orders', { id: 9, customerId: 404, cents: 100 });
  assert.deepEqual(orderReport(database), ['#9 unknown: 1.00']);
});

test('the report takes two queries, however many orders there are', () => {
  const database = shopWithOrders(200);
  const before = database.queryCount;
  orderReport(database);
  assert.equal(database.queryCount - before, 2);
});
