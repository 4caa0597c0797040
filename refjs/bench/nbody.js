"use strict";
// The outer planets around the sun, step by step: doubles in object properties.
// test: 2000
// interpreter: 100000

const SOLAR_MASS = 4 * Math.PI * Math.PI;
const DAYS = 365.24;

function body(x, y, z, vx, vy, vz, mass) {
  return { x, y, z, vx: vx * DAYS, vy: vy * DAYS, vz: vz * DAYS, mass: mass * SOLAR_MASS };
}

function bodies() {
  return [
    body(0, 0, 0, 0, 0, 0, 1),
    body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
      0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023,
      0.000954791938424326609),
    body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
      -0.00276742510726411399, 0.00499852801234917238, 0.0000230417297573763929,
      0.000285885980666130812),
    body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
      0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556,
      0.0000436624404335156298),
    body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
      0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870,
      0.0000515138902046611451),
  ];
}

function offsetMomentum(system) {
  let px = 0, py = 0, pz = 0;
  for (const one of system) {
    px += one.vx * one.mass;
    py += one.vy * one.mass;
    pz += one.vz * one.mass;
  }
  const sun = system[0];
  sun.vx = -px / SOLAR_MASS;
  sun.vy = -py / SOLAR_MASS;
  sun.vz = -pz / SOLAR_MASS;
}

function advance(system, step) {
  const count = system.length;
  for (let i = 0; i < count; i++) {
    const one = system[i];
    for (let k = i + 1; k < count; k++) {
      const other = system[k];
      const dx = one.x - other.x, dy = one.y - other.y, dz = one.z - other.z;
      const square = dx * dx + dy * dy + dz * dz;
      const pull = step / (square * Math.sqrt(square));
      one.vx -= dx * other.mass * pull;
      one.vy -= dy * other.mass * pull;
      one.vz -= dz * other.mass * pull;
      other.vx += dx * one.mass * pull;
      other.vy += dy * one.mass * pull;
      other.vz += dz * one.mass * pull;
    }
  }
  for (let i = 0; i < count; i++) {
    const one = system[i];
    one.x += step * one.vx;
    one.y += step * one.vy;
    one.z += step * one.vz;
  }
}

function energy(system) {
  let sum = 0;
  for (let i = 0; i < system.length; i++) {
    const one = system[i];
    sum += 0.5 * one.mass * (one.vx * one.vx + one.vy * one.vy + one.vz * one.vz);
    for (let k = i + 1; k < system.length; k++) {
      const other = system[k];
      const dx = one.x - other.x, dy = one.y - other.y, dz = one.z - other.z;
      sum -= (one.mass * other.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return sum;
}

const steps = Number(process.argv[2] || 4000000);
const system = bodies();
offsetMomentum(system);
console.log("nbody", energy(system).toFixed(9));
for (let i = 0; i < steps; i++) advance(system, 0.01);
console.log("nbody", steps, energy(system).toFixed(9), energy(system));
