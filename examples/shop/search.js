'use strict';
// An inverted index over the words of all items.
const word = /[a-z]+/g;

function words(text) {
  return text.match(word) || [];
}

function buildIndex(orders) {
  const index = new Map();
  for (const order of orders) {
    for (const item of order.items) {
      for (const term of words(item.name)) {
        let found = index.get(term);
        if (!found) index.set(term, found = []);
        if (found[found.length - 1] !== order.id) found.push(order.id);
      }
    }
  }
  return index;
}

function intersect(left, right) {
  const both = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) { both.push(left[i]); i++; j++; }
    else if (left[i] < right[j]) i++;
    else j++;
  }
  return both;
}

function search(index, terms) {
  let hits = index.get(terms[0]) || [];
  for (let i = 1; i < terms.length; i++) hits = intersect(hits, index.get(terms[i]) || []);
  return hits;
}

module.exports = { buildIndex, search };
