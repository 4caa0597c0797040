'use strict';
// Prices with discounts. Each discount is a class of its own: while there are
// two, calls are inlined; the third makes the call site megamorphic.
class Plain {
  apply(cents) { return cents; }
}

class Bulk {
  constructor(least, percent) { this.least = least; this.percent = percent; }

  apply(cents, count) {
    return count >= this.least ? cents - (cents * this.percent / 100 | 0) : cents;
  }
}

class Seasonal {
  constructor(factor) { this.factor = factor; }

  apply(cents) { return cents * this.factor; } // no longer a small integer
}

const discounts = [new Plain(), new Bulk(3, 10)];
let isSeason = false;

function addDiscount() {
  if (!isSeason) discounts.push(new Seasonal(0.955));
  isSeason = true;
}

function priceItem(item) {
  let best = item.cents;
  for (let i = 0; i < discounts.length; i++) {
    const price = discounts[i].apply(item.cents, item.count);
    if (price < best) best = price;
  }
  return best * item.count;
}

function priceOrder(order) {
  let total = 0;
  for (const item of order.items) total += priceItem(item);
  order.total = total;
  return total;
}

function priceAll(orders) {
  let total = 0;
  for (let again = 0; again < 20; again++) {
    total = 0;
    for (const order of orders) total += priceOrder(order);
  }
  return total;
}

module.exports = { priceAll, addDiscount };
