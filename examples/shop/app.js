'use strict';
// A small shop for profiling: it makes orders, prices them, searches their texts
// and renders a page, again and again, for some seconds (SECONDS=6 by default).
// Half way through, a new kind of discount arrives: code that was optimized for
// the old kinds is thrown away and made again.
const { makeOrders } = require('./orders');
const { priceAll, addDiscount } = require('./pricing');
const { buildIndex, search } = require('./search');
const { renderPage } = require('./render');
const { simulateStock } = require('./stock');

const seconds = Number(process.env.SECONDS || 6);
const start = Date.now();
let rounds = 0;
let checksum = 0;

while (Date.now() - start < seconds * 1000) {
  const orders = makeOrders(400, rounds);
  if (rounds > 4 && Date.now() - start > seconds * 500) addDiscount();
  const total = priceAll(orders);
  const index = buildIndex(orders);
  const hits = search(index, ['blue', 'lamp', 'garden']);
  const page = renderPage(orders.slice(0, 60), hits);
  checksum = (checksum + total + page.length + simulateStock(orders)) % 1e9;
  rounds++;
}
console.log(`${rounds} rounds, checksum ${Math.round(checksum)}`);
