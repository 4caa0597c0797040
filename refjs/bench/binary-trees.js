"use strict";
// Perfect binary trees are built, counted and dropped: allocation, recursion, collection.
// test: 8
// interpreter: 12

class Tree {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }

  count() {
    return this.left === null ? 1 : 1 + this.left.count() + this.right.count();
  }
}

function build(depth) {
  if (depth === 0) return new Tree(null, null);
  return new Tree(build(depth - 1), build(depth - 1));
}

const shallowest = 4;
const deepest = Math.max(shallowest + 2, Number(process.argv[2] || 16));
const stretch = build(deepest + 1).count();
console.log("binary-trees stretch", deepest + 1, stretch);
const longLived = build(deepest);
for (let depth = shallowest; depth <= deepest; depth += 2) {
  const rounds = 1 << (deepest - depth + shallowest);
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += build(depth).count();
  console.log("binary-trees", rounds, depth, sum);
}
console.log("binary-trees long lived", deepest, longLived.count());
