"use strict";
// Strings: building by +=, join and templates, words counted in an object and a Map, searching,
// edit distance, Caesar's cipher, a run-length code, palindromes, sorting of names.
// test: 1
// interpreter: 2

const SYLLABLES = ["ka", "lo", "mi", "ter", "san", "vu", "or", "el", "zi", "quen", "\u00e4n", "\u0416i"];
let seed = 12345;

function random(limit) {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % limit;
}

function makeWord() {
  let word = "";
  for (let i = random(3) + 1; i > 0; i--) word += SYLLABLES[random(SYLLABLES.length)];
  return word;
}

function makeText(words) {
  const parts = [];
  for (let i = 0; i < words; i++) parts.push(makeWord());
  return parts.join(" ");
}

function countWords(text) {
  const counts = {}, map = new Map();
  for (const word of text.split(" ")) {
    counts[word] = (counts[word] || 0) + 1;
    map.set(word, (map.get(word) ?? 0) + 1);
  }
  const names = Object.keys(counts).sort((a, b) => counts[b] - counts[a] || (a < b ? -1 : 1));
  for (const name of names) {
    if (map.get(name) !== counts[name]) throw new Error("counts differ: " + name);
  }
  return names.slice(0, 5).map((name) => `${name}:${counts[name]}`).join(",");
}

function caesar(text, shift) {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 97 && code <= 122) result += String.fromCharCode(97 + (code - 97 + shift) % 26);
    else result += text[i];
  }
  return result;
}

function runLengths(text) {
  let result = "";
  for (let i = 0; i < text.length;) {
    let end = i + 1;
    while (end < text.length && text[end] === text[i]) end++;
    result += end - i > 1 ? `${end - i}${text[i]}` : text[i];
    i = end;
  }
  return result;
}

function distance(a, b) {
  let previous = [];
  for (let k = 0; k <= b.length; k++) previous.push(k);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let k = 1; k <= b.length; k++) {
      const cost = a.charCodeAt(i - 1) === b.charCodeAt(k - 1) ? 0 : 1;
      row.push(Math.min(row[k - 1] + 1, previous[k] + 1, previous[k - 1] + cost));
    }
    previous = row;
  }
  return previous[b.length];
}

function longestPalindrome(text) {
  let best = "";
  for (let center = 0; center < text.length; center++) {
    for (let wide = 0; wide < 2; wide++) {
      let low = center, high = center + wide;
      while (low >= 0 && high < text.length && text[low] === text[high]) {
        low--;
        high++;
      }
      if (high - low - 1 > best.length) best = text.slice(low + 1, high);
    }
  }
  return best;
}

function hash(text) {
  let h = 5381;
  for (let i = 0; i < text.length; i++) h = (h * 33 + text.charCodeAt(i)) | 0;
  return h;
}

function occurrences(text, word) {
  let count = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) count++;
  return count;
}

function table(rows) {
  let html = "<table>";
  for (let i = 0; i < rows; i++) {
    html += `<tr class="${i % 2 ? "odd" : "even"}">`;
    for (const cell of [i, i * i, (i / 7).toFixed(2), i.toString(16).padStart(4, "0")]) {
      html += "<td>" + cell + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table>";
}

const rounds = Number(process.argv[2] || 30);
let sum = 0, counts = "", palindrome = "";
for (let round = 0; round < rounds; round++) {
  const text = makeText(6000);
  counts = countWords(text);
  const secret = caesar(text, round % 26);
  if (caesar(secret, 26 - round % 26) !== text) throw new Error("cipher");
  const words = text.split(" ");
  sum = (sum + hash(secret) + runLengths(text).length) | 0;
  for (let i = 0; i < 400; i++) sum += distance(words[i], words[i + 1]);
  palindrome = longestPalindrome(text.slice(0, 3000));
  sum += occurrences(text, "kalo") + occurrences(text, "\u00e4n ");
  sum = (sum + hash(table(1500).toUpperCase())) | 0;
  sum = (sum + hash(words.slice(0, 500).sort().reverse().join("+").replaceAll("ka", "KA"))) | 0;
}
console.log("strings", rounds, sum, counts, palindrome);
