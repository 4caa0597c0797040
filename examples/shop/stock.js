'use strict';
// Runs the stock of one year down, day by day: plain loops over typed arrays.
const { Random } = require('./orders');

const days = 365;
const kinds = 64;

function sellDay(levels, demand, random) {
  let missed = 0;
  for (let i = 0; i < kinds; i++) {
    const wanted = demand[i] * (random.next() % 100) / 50;
    if (wanted > levels[i]) { missed += wanted - levels[i]; levels[i] = 0; }
    else levels[i] -= wanted;
  }
  return missed;
}

function refill(levels, target) {
  for (let i = 0; i < kinds; i++) if (levels[i] < target[i] / 4) levels[i] = target[i];
}

function simulateStock(orders) {
  const random = new Random(orders.length);
  const levels = new Float64Array(kinds).fill(100);
  const target = new Float64Array(kinds).fill(100);
  const demand = new Float64Array(kinds);
  for (const order of orders) for (const item of order.items) demand[item.name.length % kinds] += item.count / 100;
  let missed = 0;
  for (let day = 0; day < days; day++) {
    missed += sellDay(levels, demand, random);
    if (day % 7 === 0) refill(levels, target);
  }
  return missed;
}

module.exports = { simulateStock };
