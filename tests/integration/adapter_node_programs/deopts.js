// Learns that numbers are small integers, and is taught otherwise.
'use strict';
function add(a, b) {
  return a + b;
}

function sum(n, v) {
  let r = v;
  for (let i = 0; i < n; i++) r = add(r, v);
  return r;
}

class Shape { area() { return 1; } }
class Other { area() { return 2; } }
function areas(shapes) {
  let s = 0;
  for (const shape of shapes) s += shape.area();
  return s;
}

const deadline = Date.now() + 300;
do sum(100000, 1); while (Date.now() < deadline);
sum(1000000, 0.5);
sum(2000, 'ab');
const shapes = Array.from({ length: 100 }, () => new Shape());
for (let i = 0; i < 20000; i++) areas(shapes);
shapes.push(new Other());
for (let i = 0; i < 20000; i++) areas(shapes);
Shape.prototype.area = () => 3;
for (let i = 0; i < 20000; i++) areas(shapes);
console.log('done');
