// What is recorded changes while the program runs: V8 traces only while somebody wants it.
'use strict';
const assert = require('assert');
const fs = require('fs');
const jitney = Object.getOwnPropertySymbols(globalThis).map((symbol) => globalThis[symbol])
  .find((value) => value && value.recording);

// How many bytes V8 has traced; -1: it was never told to.
function traced() {
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    let target = '';
    try { target = fs.readlinkSync(`/proc/self/fd/${fd}`); } catch { /* It was readdir's own. */ }
    if (!target.includes('jitney-v8-trace')) continue;
    return Number(/pos:\s*(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))[1]);
  }
  return -1;
}

// A new function each time: it is compiled, and given up when a sum is no small integer.
function learn(name) {
  const add = new Function(`return function ${name}(a, b) { return a + b; }`)();
  let sum = 0;
  const deadline = Date.now() + 400;
  do for (let i = 0; i < 100000; i++) sum = add(i, 1); while (Date.now() < deadline);
  for (let i = 0; i < 1000; i++) sum = add('text', i);
  return sum;
}

function deopts(name) {
  const numbers = new Set();
  const events = jitney.recording.get();
  for (const event of events) {
    if (event.type === 'Function' && event.name === name) numbers.add(event.number);
  }
  return events.filter((event) => event.type === 'Deopt' &&
    (numbers.has(event.function) || numbers.has(event.origin))).length;
}

const { recording } = jitney;
learn('unasked');
assert.strictEqual(traced(), -1, 'V8 traces what nobody wants');
recording.setFilter('Code', 'Compile', 'Deopt');
learn('asked');
assert(traced() > 0, 'the filter begins the trace');
assert(deopts('asked') > 0, JSON.stringify(recording.get().map((event) => event.type)));
recording.setFilter('Code');
const before = traced();
learn('noMore');
assert.strictEqual(traced(), before, 'the filter ends the trace');
recording.setFilter('Deopt', 'Code');
learn('again');
assert(deopts('again') > 0, 'the filter begins it again');
recording.stop();
const stopped = traced();
learn('stopped');
assert.strictEqual(traced(), stopped, 'the end of a recording ends the trace');
const seen = [];
const listener = (event) => seen.push(event);
jitney.on('event', listener);
learn('listened');
jitney.off('event', listener);
assert(traced() > stopped, 'a listener is told what V8 traces');
learn('left'); // V8 lives on: it may not be told to trace entries of loops no more.
assert.strictEqual(deopts('unasked') + deopts('noMore') + deopts('left'), 0);
setTimeout(() => {
  assert(seen.some((event) => event.type === 'Deopt'));
  console.log('done');
}, 50);
