"use strict";
// A ray tracer of spheres and planes with shadows and reflections: small vector objects that live
// for one operation, doubles, method calls of a few classes.
// test: 24
// interpreter: 90

class Vector {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }

  add(other) {
    return new Vector(this.x + other.x, this.y + other.y, this.z + other.z);
  }

  minus(other) {
    return new Vector(this.x - other.x, this.y - other.y, this.z - other.z);
  }

  times(factor) {
    return new Vector(this.x * factor, this.y * factor, this.z * factor);
  }

  dot(other) {
    return this.x * other.x + this.y * other.y + this.z * other.z;
  }

  get length() {
    return Math.sqrt(this.dot(this));
  }

  unit() {
    return this.times(1 / this.length);
  }
}

class Color {
  constructor(red, green, blue) {
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  plus(other) {
    return new Color(this.red + other.red, this.green + other.green, this.blue + other.blue);
  }

  scaled(factor) {
    return new Color(this.red * factor, this.green * factor, this.blue * factor);
  }

  static clamp(part) {
    return part < 0 ? 0 : part > 1 ? 255 : Math.floor(part * 255);
  }

  get packed() {
    return (Color.clamp(this.red) << 16) | (Color.clamp(this.green) << 8) | Color.clamp(this.blue);
  }
}

class Plain {
  constructor(color, gloss) {
    this.color = color;
    this.gloss = gloss;
  }

  colorAt(point) {
    return this.color;
  }
}

class Checkers {
  constructor(even, odd, size, gloss) {
    this.even = even;
    this.odd = odd;
    this.size = size;
    this.gloss = gloss;
  }

  colorAt(point) {
    const column = Math.floor(point.x / this.size), row = Math.floor(point.z / this.size);
    return ((column + row) & 1) === 0 ? this.even : this.odd;
  }
}

class Ray {
  constructor(origin, direction) {
    this.origin = origin;
    this.direction = direction;
  }

  at(distance) {
    return this.origin.add(this.direction.times(distance));
  }
}

class Sphere {
  constructor(center, radius, surface) {
    this.center = center;
    this.radius = radius;
    this.surface = surface;
  }

  distance(ray) {
    const to = ray.origin.minus(this.center);
    const half = to.dot(ray.direction);
    const inside = half * half - (to.dot(to) - this.radius * this.radius);
    if (inside < 0) return Infinity;
    const root = Math.sqrt(inside);
    if (-half - root > 1e-6) return -half - root;
    return -half + root > 1e-6 ? -half + root : Infinity;
  }

  normalAt(point) {
    return point.minus(this.center).unit();
  }
}

class Plane {
  constructor(normal, offset, surface) {
    this.normal = normal;
    this.offset = offset;
    this.surface = surface;
  }

  distance(ray) {
    const slope = this.normal.dot(ray.direction);
    if (slope >= 0) return Infinity;
    const distance = (this.offset - this.normal.dot(ray.origin)) / slope;
    return distance > 1e-6 ? distance : Infinity;
  }

  normalAt(point) {
    return this.normal;
  }
}

class Scene {
  constructor(things, lights, sky) {
    this.things = things;
    this.lights = lights;
    this.sky = sky;
    this.rays = 0;
  }

  nearest(ray) {
    let best = null;
    let bestDistance = Infinity;
    this.rays++;
    for (const thing of this.things) {
      const distance = thing.distance(ray);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = thing;
      }
    }
    return best === null ? null : { thing: best, distance: bestDistance };
  }

  trace(ray, depth) {
    const hit = this.nearest(ray);
    if (hit === null) return this.sky;
    const { thing, distance } = hit;
    const point = ray.at(distance);
    const normal = thing.normalAt(point);
    const surface = thing.surface;
    let color = this.light(point, normal, surface.colorAt(point));
    if (surface.gloss > 0 && depth > 0) {
      const turn = normal.times(2 * normal.dot(ray.direction));
      const mirrored = new Ray(point, ray.direction.minus(turn).unit());
      color = color.scaled(1 - surface.gloss)
        .plus(this.trace(mirrored, depth - 1).scaled(surface.gloss));
    }
    return color;
  }

  light(point, normal, color) {
    let sum = color.scaled(0.15);
    for (const light of this.lights) {
      const way = light.minus(point);
      const far = way.length;
      const direction = way.unit();
      const facing = direction.dot(normal);
      if (facing <= 0) continue;
      const shadow = this.nearest(new Ray(point, direction));
      if (shadow === null || shadow.distance > far) sum = sum.plus(color.scaled(0.6 * facing));
    }
    return sum;
  }
}

function makeScene() {
  const things = [new Plane(new Vector(0, 1, 0), -1,
    new Checkers(new Color(0.9, 0.9, 0.9), new Color(0.1, 0.1, 0.2), 1.5, 0.2))];
  for (let i = 0; i < 7; i++) {
    const angle = i * 0.9;
    const surface = new Plain(new Color(0.3 + 0.1 * i, 1 - 0.12 * i, 0.5), i % 2 === 0 ? 0.4 : 0);
    things.push(new Sphere(new Vector(2.2 * Math.cos(angle), 0.2 * i - 0.4,
      5 + 2.2 * Math.sin(angle)), 0.7, surface));
  }
  const lights = [new Vector(5, 8, -4), new Vector(-6, 5, 1)];
  return new Scene(things, lights, new Color(0.3, 0.5, 0.8));
}

const size = Number(process.argv[2] || 480);
const scene = makeScene();
let sum = 0;
for (let y = 0; y < size; y++) {
  for (let x = 0; x < size; x++) {
    const direction = new Vector((x - size / 2) / size, (size / 2 - y) / size, 1).unit();
    const color = scene.trace(new Ray(new Vector(0, 0.5, -2), direction), 4).packed;
    sum = (sum * 31 + color) % 1000000007;
  }
}
console.log("raytrace", size, scene.rays, sum);
