'use strict';
// A page with the orders, escaped by hand.
const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text) {
  let out = '';
  for (let i = 0; i < text.length; i++) out += escapes[text[i]] || text[i];
  return out;
}

function money(cents) {
  return (cents / 100).toFixed(2);
}

const renderItem = (item) => `<li>${item.count} x ${escape(item.name)}: ${money(item.cents)}</li>`;

function renderOrder(order, isHit) {
  const items = order.items.map(renderItem).join('');
  return `<article${isHit ? ' class="hit"' : ''}><h2>${escape(order.customer)}</h2>` +
    `<ul>${items}</ul><p>${money(order.total)}</p></article>`;
}

function renderPage(orders, hits) {
  const isHit = new Set(hits);
  return `<main>${orders.map((order) => renderOrder(order, isHit.has(order.id))).join('\n')}</main>`;
}

module.exports = { renderPage };
