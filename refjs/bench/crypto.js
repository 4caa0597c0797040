"use strict";
// Integer code as in cryptography: SHA-256, a block cipher of additions, shifts and exclusive ors,
// CRC-32, and modular powers of numbers of many 14-bit digits.
// test: 2
// interpreter: 6

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (prime) PRIMES.push(n);
}

function fraction32(x) {
  return ((x - Math.floor(x)) * 4294967296) | 0;
}

const ROUND = new Int32Array(64);
const START = new Int32Array(8);
for (let i = 0; i < 64; i++) {
  // Newton's steps, so that all engines have the same last bit.
  let root = PRIMES[i] / 3;
  for (let k = 0; k < 60; k++) root = root - (root * root * root - PRIMES[i]) / (3 * root * root);
  ROUND[i] = fraction32(root);
  if (i < 8) START[i] = fraction32(Math.sqrt(PRIMES[i]));
}

function rotate(x, n) {
  return (x >>> n) | (x << (32 - n));
}

function sha256(bytes) {
  const length = bytes.length;
  const padded = new Uint8Array(((length + 8) >> 6) * 64 + 64);
  for (let i = 0; i < length; i++) padded[i] = bytes[i];
  padded[length] = 0x80;
  const bits = length * 8;
  for (let i = 0; i < 4; i++) padded[padded.length - 1 - i] = bits >>> (8 * i);
  const state = new Int32Array(START);
  const w = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) {
      const p = at + i * 4;
      w[i] = (padded[p] << 24) | (padded[p + 1] << 16) | (padded[p + 2] << 8) | padded[p + 3];
    }
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
      const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
  let text = "";
  for (let i = 0; i < 8; i++) text += (state[i] >>> 0).toString(16).padStart(8, "0");
  return text;
}

function cipher(left, right, key) {
  let sum = 0;
  for (let i = 0; i < 32; i++) {
    left = (left + ((((right << 4) ^ (right >>> 5)) + right) ^ (sum + key[sum & 3]))) | 0;
    sum = (sum + 0x9e3779b9) | 0;
    right = (right + ((((left << 4) ^ (left >>> 5)) + left) ^ (sum + key[(sum >>> 11) & 3]))) | 0;
  }
  return left ^ Math.imul(right, 0x01000193);
}

const CRC = [];
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  CRC.push(c >>> 0);
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// Numbers of DIGITS digits to the base 2^14, lowest first; products stay exact in an int32.
const DIGITS = 32, BASE_BITS = 14, MASK = 0x3fff;

function subtractIfGreater(number, modulus) {
  for (let i = DIGITS; i >= 0; i--) {
    const m = i < DIGITS ? modulus[i] : 0;
    if (number[i] > m) break;
    if (number[i] < m) return;
  }
  let borrow = 0;
  for (let i = 0; i <= DIGITS; i++) {
    const difference = number[i] - (i < DIGITS ? modulus[i] : 0) - borrow;
    borrow = difference < 0 ? 1 : 0;
    number[i] = difference & MASK;
  }
}

// Montgomery's product: a * b / 2^(14 * DIGITS) modulo an odd number.
function product(a, b, modulus, inverse) {
  const t = new Array(DIGITS + 2).fill(0);
  for (let i = 0; i < DIGITS; i++) {
    const x = a[i];
    let carry = 0;
    const q = Math.imul((t[0] + x * b[0]) & MASK, inverse) & MASK;
    for (let k = 0; k < DIGITS; k++) {
      const sum = t[k] + x * b[k] + q * modulus[k] + carry;
      carry = sum >>> BASE_BITS;
      if (k > 0) t[k - 1] = sum & MASK;
    }
    const sum = t[DIGITS] + carry;
    t[DIGITS - 1] = sum & MASK;
    t[DIGITS] = sum >>> BASE_BITS;
  }
  subtractIfGreater(t, modulus);
  return t;
}

function power(base, exponent, modulus) {
  let inverse = 1;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(modulus[0], inverse));
  inverse = -inverse & MASK;
  const bits = exponent.toString(2);
  let result = base;
  for (let i = 1; i < bits.length; i++) {
    result = product(result, result, modulus, inverse);
    if (bits[i] === "1") result = product(result, base, modulus, inverse);
  }
  return result;
}

const rounds = Number(process.argv[2] || 220);
const text = new Uint8Array(4000);
let hash = "", mixed = 0, crc = 0;
let number = [];
const modulus = [];
for (let i = 0; i <= DIGITS; i++) {
  number.push(i < DIGITS ? (i * 2741 + 77) & MASK : 0);
  modulus.push(i < DIGITS ? ((i * 7919 + 12345) & MASK) | 1 : 0);
}
modulus[DIGITS - 1] = MASK;
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < text.length; i++) text[i] = i * 7 + round + (i >> 5);
  hash = sha256(text);
  crc = crc32(text) ^ crc;
  const key = [round, 0x1234567, -round, 0x7fffffff];
  for (let i = 0; i < 3000; i++) mixed = cipher(mixed, i, key);
  number = power(number, 65537 + round, modulus);
  for (let i = 0; i < hash.length; i++) number[i % DIGITS] ^= hash.charCodeAt(i) & 7;
}
console.log("crypto", rounds, hash, mixed, crc >>> 0, number.slice(0, 8).join(","));
