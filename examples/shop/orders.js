'use strict';
// Orders made from a seed, so that every run has the same ones.
const colors = ['red', 'blue', 'green', 'black', 'white', 'amber'];
const things = ['lamp', 'chair', 'table', 'garden hose', 'kettle', 'bicycle', 'shelf', 'clock'];

class Random {
  constructor(seed) { this.state = (seed * 2654435761 + 1) >>> 0; }

  next() {
    let x = this.state || 1;
    x ^= x << 13; x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5; x >>>= 0;
    this.state = x;
    return x;
  }

  pick(list) { return list[this.next() % list.length]; }
}

function makeItem(random) {
  return {
    name: `${random.pick(colors)} ${random.pick(things)}`,
    cents: 100 + random.next() % 90000,
    count: 1 + random.next() % 5,
  };
}

function makeOrders(count, seed) {
  const random = new Random(seed + 1);
  const orders = [];
  for (let i = 0; i < count; i++) {
    const items = [];
    for (let j = random.next() % 6; j >= 0; j--) items.push(makeItem(random));
    orders.push({ id: i, customer: `customer ${random.next() % 1000}`, items });
  }
  return orders;
}

module.exports = { makeOrders, Random };
