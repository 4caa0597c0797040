"use strict";
// A fluid on a square grid: diffusion, projection and advection by relaxation. Typed arrays of
// doubles, index arithmetic, loops nested three deep.
// test: 32 3
// interpreter: 64 12

class Fluid {
  constructor(size, rounds) {
    this.size = size;
    this.rounds = rounds;
    this.row = size + 2;
    const cells = this.row * this.row;
    this.u = new Float64Array(cells);
    this.v = new Float64Array(cells);
    this.density = new Float64Array(cells);
    this.uBefore = new Float64Array(cells);
    this.vBefore = new Float64Array(cells);
    this.densityBefore = new Float64Array(cells);
  }

  setBoundary(kind, field) {
    const { size, row } = this;
    const last = (size + 1) * row;
    const horizontal = kind === 1 ? -1 : 1, vertical = kind === 2 ? -1 : 1;
    for (let i = 1; i <= size; i++) {
      field[i] = vertical * field[i + row];
      field[i + last] = vertical * field[i + size * row];
      field[i * row] = horizontal * field[1 + i * row];
      field[size + 1 + i * row] = horizontal * field[size + i * row];
    }
    field[0] = 0.5 * (field[1] + field[row]);
    field[last] = 0.5 * (field[1 + last] + field[last - row]);
    field[size + 1] = 0.5 * (field[size] + field[size + 1 + row]);
    field[size + 1 + last] = 0.5 * (field[size + last] + field[size + 1 + last - row]);
  }

  relax(kind, field, before, spread, divisor) {
    const { size, row } = this;
    const factor = 1 / divisor;
    for (let k = 0; k < this.rounds; k++) {
      for (let y = 1; y <= size; y++) {
        let at = y * row;
        let left = field[at];
        for (let x = 1; x <= size; x++) {
          at++;
          left = (before[at] + spread * (left + field[at + 1] + field[at - row] + field[at + row])) *
            factor;
          field[at] = left;
        }
      }
      this.setBoundary(kind, field);
    }
  }

  diffuse(kind, field, before, rate, step) {
    const spread = step * rate * this.size * this.size;
    this.relax(kind, field, before, spread, 1 + 4 * spread);
  }

  advect(kind, field, before, u, v, step) {
    const { size, row } = this;
    const scaled = step * size, edge = size + 0.5;
    for (let y = 1; y <= size; y++) {
      for (let x = 1; x <= size; x++) {
        const at = x + y * row;
        let fromX = x - scaled * u[at], fromY = y - scaled * v[at];
        if (fromX < 0.5) fromX = 0.5;
        else if (fromX > edge) fromX = edge;
        if (fromY < 0.5) fromY = 0.5;
        else if (fromY > edge) fromY = edge;
        const cellX = fromX | 0, cellY = fromY | 0;
        const partX = fromX - cellX, partY = fromY - cellY;
        const corner = cellX + cellY * row;
        field[at] = (1 - partX) * ((1 - partY) * before[corner] + partY * before[corner + row]) +
          partX * ((1 - partY) * before[corner + 1] + partY * before[corner + row + 1]);
      }
    }
    this.setBoundary(kind, field);
  }

  project(u, v, pressure, divergence) {
    const { size, row } = this;
    const h = -0.5 / size;
    for (let y = 1; y <= size; y++) {
      for (let x = 1; x <= size; x++) {
        const at = x + y * row;
        divergence[at] = h * (u[at + 1] - u[at - 1] + v[at + row] - v[at - row]);
        pressure[at] = 0;
      }
    }
    this.setBoundary(0, divergence);
    this.setBoundary(0, pressure);
    this.relax(0, pressure, divergence, 1, 4);
    const scale = 0.5 * size;
    for (let y = 1; y <= size; y++) {
      for (let x = 1; x <= size; x++) {
        const at = x + y * row;
        u[at] -= scale * (pressure[at + 1] - pressure[at - 1]);
        v[at] -= scale * (pressure[at + row] - pressure[at - row]);
      }
    }
    this.setBoundary(1, u);
    this.setBoundary(2, v);
  }

  addSource(field, source, step) {
    for (let i = 0; i < field.length; i++) field[i] += step * source[i];
  }

  stepVelocity(step) {
    const { u, v, uBefore, vBefore } = this;
    this.addSource(u, uBefore, step);
    this.addSource(v, vBefore, step);
    this.diffuse(1, uBefore, u, 0.0001, step);
    this.diffuse(2, vBefore, v, 0.0001, step);
    this.project(uBefore, vBefore, u, v);
    this.advect(1, u, uBefore, uBefore, vBefore, step);
    this.advect(2, v, vBefore, uBefore, vBefore, step);
    this.project(u, v, uBefore, vBefore);
  }

  stepDensity(step) {
    const { u, v, density, densityBefore } = this;
    this.addSource(density, densityBefore, step);
    this.diffuse(0, densityBefore, density, 0.0001, step);
    this.advect(0, density, densityBefore, u, v, step);
  }
}

function addPoints(fluid, frame) {
  const { size, row } = fluid;
  fluid.uBefore.fill(0);
  fluid.vBefore.fill(0);
  fluid.densityBefore.fill(0);
  if (frame > 10) return;
  for (let i = 1; i <= 16 && i <= size; i++) {
    const at = i + i * row, mirrored = size - i + 1 + i * row;
    fluid.uBefore[at] = i;
    fluid.vBefore[at] = i;
    fluid.densityBefore[at] = 5;
    fluid.uBefore[mirrored] = -i;
    fluid.vBefore[mirrored] = -i;
    fluid.densityBefore[mirrored] = 20;
  }
}

const size = Number(process.argv[2] || 128);
const frames = Number(process.argv[3] || 60);
const fluid = new Fluid(size, 20);
for (let frame = 0; frame < frames; frame++) {
  addPoints(fluid, frame);
  fluid.stepVelocity(0.1);
  fluid.stepDensity(0.1);
}
let density = 0, speed = 0;
for (let i = 0; i < fluid.density.length; i++) {
  density += fluid.density[i] * (i % 17);
  speed += Math.abs(fluid.u[i]) + Math.abs(fluid.v[i]);
}
console.log("navier-stokes", size, frames, density, speed);
