// The package's interface for programs.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';

const jitney = Object.getOwnPropertySymbols(globalThis).map((symbol) => globalThis[symbol])
  .find((value) => value && value.recording);
const place = process.env.JITNEY_DIR;
const seen = [];
assert(jitney && jitney.problem === null);
jitney.on('code', (event) => seen.push(event));
jitney.start({ record: true, jitdump: true, perfmap: false, directory: place });

function hot(a) { return a * 2 + 1; }
let sum = 0;
for (let i = 0; i < 3e6; i++) sum += hot(i);
const mine = jitney.codes().filter((code) => code.name === 'hot');
const native = mine.find((code) => code.kind === 'jit');
assert(native, JSON.stringify(mine));
assert.strictEqual(native.line, 14);
assert.strictEqual(native.file, import.meta.filename || new URL(import.meta.url).pathname);
assert.strictEqual(jitney.resolve(native.address).name, 'hot');
assert.strictEqual(jitney.resolve(BigInt(native.address) + 1n).name, 'hot');
assert.strictEqual(jitney.resolve(native.address.toString(16)).name, 'hot');
assert.strictEqual(jitney.resolve(5), null);

const { recording } = jitney;
assert.strictEqual(recording.enabled(), true);
assert(recording.get().some((event) => event.type === 'CodeLoad' && event.name === 'hot'));
recording.stop();
assert.strictEqual(recording.enabled(), false);
recording.setFilter('Code', 'Deopt');
recording.start();
const copy = path.join(place, 'copy.jtr');
recording.save(copy);
assert.throws(() => recording.save(copy));
assert(recording.load(copy).length > 100);
assert.throws(() => recording.load('/dev/null/nothing'));
assert.throws(() => recording.setFilter('Nonsense'), RangeError);
recording.reset();
assert.throws(() => jitney.on('nonsense', () => {}), RangeError);
assert.strictEqual(jitney.flush(), jitney);
const dump = path.join(place, `jit-${process.pid}.dump`);
jitney.stop();
const size = fs.statSync(dump).size;
for (let i = 0; i < 100; i++) new Function('a', `return a + ${i}`)(i);
assert.strictEqual(fs.statSync(dump).size, size);
jitney.start();
assert(jitney.counters().livingCode > 100);
setTimeout(() => {
  assert(seen.some((event) => event.type === 'CodeLoad' && event.name === 'hot'));
  console.log('done');
}, 100);
