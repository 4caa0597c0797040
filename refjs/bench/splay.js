"use strict";
// A splay tree whose nodes carry payload trees is changed all the time: allocation, pointers that
// turn, a live heap that survives collections.
// test: 300 2000
// interpreter: 2000 6000

let seed = 49734321;

function random() {
  seed = (seed + 0x7ed55d16 + (seed << 12)) | 0;
  seed = seed ^ 0xc761c23c ^ (seed >>> 19);
  seed = (seed + 0x165667b1 + (seed << 5)) | 0;
  seed = ((seed + 0xd3a2646c) | 0) ^ (seed << 9);
  seed = (seed + 0xfd7046c5 + (seed << 3)) | 0;
  seed = seed ^ 0xb55a4f09 ^ (seed >>> 16);
  return (seed & 0xfffffff) / 0x10000000;
}

class Node {
  constructor(key, value) {
    this.key = key;
    this.value = value;
    this.left = null;
    this.right = null;
  }
}

class SplayTree {
  constructor() {
    this.root = null;
    this.size = 0;
  }

  insert(key, value) {
    const node = new Node(key, value);
    this.size++;
    if (this.root === null) {
      this.root = node;
      return;
    }
    this.splay(key);
    if (key > this.root.key) {
      node.left = this.root;
      node.right = this.root.right;
      this.root.right = null;
    } else {
      node.right = this.root;
      node.left = this.root.left;
      this.root.left = null;
    }
    this.root = node;
  }

  remove(key) {
    this.splay(key);
    if (this.root.key !== key) throw new Error("no such key: " + key);
    const removed = this.root;
    this.size--;
    if (removed.left === null) {
      this.root = removed.right;
    } else {
      const right = removed.right;
      this.root = removed.left;
      this.splay(key);
      this.root.right = right;
    }
    return removed;
  }

  find(key) {
    if (this.root === null) return null;
    this.splay(key);
    return this.root.key === key ? this.root : null;
  }

  greatestBelow(key) {
    if (this.root === null) return null;
    this.splay(key);
    if (this.root.key < key) return this.root;
    let node = this.root.left;
    while (node !== null && node.right !== null) node = node.right;
    return node;
  }

  // Top down: the nodes left and right of the path are hung up in two trees.
  splay(key) {
    const header = new Node(0, null);
    let left = header, right = header, current = this.root;
    if (current === null) return;
    for (;;) {
      if (key < current.key) {
        if (current.left === null) break;
        if (key < current.left.key) {
          const child = current.left;
          current.left = child.right;
          child.right = current;
          current = child;
          if (current.left === null) break;
        }
        right.left = current;
        right = current;
        current = current.left;
      } else if (key > current.key) {
        if (current.right === null) break;
        if (key > current.right.key) {
          const child = current.right;
          current.right = child.left;
          child.left = current;
          current = child;
          if (current.right === null) break;
        }
        left.right = current;
        left = current;
        current = current.right;
      } else {
        break;
      }
    }
    left.right = current.left;
    right.left = current.right;
    current.left = header.right;
    current.right = header.left;
    this.root = current;
  }

  forEach(action) {
    const stack = [];
    let node = this.root;
    while (node !== null || stack.length > 0) {
      while (node !== null) {
        stack.push(node);
        node = node.left;
      }
      node = stack.pop();
      action(node);
      node = node.right;
    }
  }
}

function payload(depth, tag) {
  if (depth === 0) {
    return { array: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], text: "leaf " + tag };
  }
  return { left: payload(depth - 1, tag), right: payload(depth - 1, tag) };
}

function insertNew(tree) {
  let key;
  do {
    key = random();
  } while (tree.find(key) !== null);
  tree.insert(key, payload(3, key));
  return key;
}

const live = Number(process.argv[2] || 4000);
const changes = Number(process.argv[3] || 40000);
const tree = new SplayTree();
for (let i = 0; i < live; i++) insertNew(tree);
for (let i = 0; i < changes; i++) {
  const key = insertNew(tree);
  const below = tree.greatestBelow(key);
  tree.remove(below === null ? key : below.key);
}
let count = 0, sorted = true, last = -1, leaves = 0;
tree.forEach((node) => {
  count++;
  if (node.key <= last) sorted = false;
  last = node.key;
  leaves += node.value.left.right.left.array.length;
});
console.log("splay", live, changes, count === tree.size, count, sorted, leaves, last);
