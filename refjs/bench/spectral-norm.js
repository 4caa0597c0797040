"use strict";
// The largest singular value of an infinite matrix by power iteration: a small function called in
// nested loops, division, doubles.
// test: 60
// interpreter: 250

function element(i, k) {
  const diagonal = i + k;
  return 1 / ((diagonal * (diagonal + 1)) / 2 + i + 1);
}

function multiply(n, vector, result) {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += element(i, k) * vector[k];
    result[i] = sum;
  }
}

function multiplyTransposed(n, vector, result) {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += element(k, i) * vector[k];
    result[i] = sum;
  }
}

function both(n, vector, result, between) {
  multiply(n, vector, between);
  multiplyTransposed(n, between, result);
}

function spectralNorm(n) {
  const u = [], v = [], between = [];
  for (let i = 0; i < n; i++) {
    u.push(1);
    v.push(0);
    between.push(0);
  }
  for (let i = 0; i < 10; i++) {
    both(n, u, v, between);
    both(n, v, u, between);
  }
  let upper = 0, lower = 0;
  for (let i = 0; i < n; i++) {
    upper += u[i] * v[i];
    lower += v[i] * v[i];
  }
  return Math.sqrt(upper / lower);
}

const n = Number(process.argv[2] || 2000);
const norm = spectralNorm(n);
console.log("spectral-norm", n, norm.toFixed(9), norm);
