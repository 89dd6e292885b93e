/** One line per order, oldest first: `#7 Ada: 12.50`. */
export function orderReport(database) {
  return database.find('orders').map((order) => {
    const customer = database.findById('customers', order.customerId);
    return `#${order.id} ${customer?.name ?? 'unknown'}: ${(order.cents / 100).toFixed(2)}`;
  });
}
