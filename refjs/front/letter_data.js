// Makes letter_data.h: node letter_data.js > letter_data.h
const start = /\p{ID_Start}/u, part = /\p{ID_Continue}/u, unassigned = /\p{Cn}/u;
const rows = [];
let last = 0;
for (let point = 0x80; point < 0x110000; point++) {
  if (point >= 0xd800 && point < 0xe000) continue;
  const text = String.fromCodePoint(point);
  if (unassigned.test(text)) continue;
  const joiner = point === 0x200c || point === 0x200d;
  const kind = start.test(text) ? 2 : part.test(text) || joiner ? 1 : 0;
  if (kind !== last) rows.push(point * 4 + kind);
  last = kind;
}
console.log("/* Letters of Unicode beyond ASCII, made by letter_data.js. Included by letter.c alone. */");
console.log("static const uint32_t rows[] = {");
console.log("    " + rows.map((row) => "0x" + row.toString(16)).join(", ") + "};");
