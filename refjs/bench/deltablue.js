"use strict";
// An incremental solver of one-way constraints with strengths: chains of equalities and chains of
// scalings are planned, changed and planned again. Polymorphic calls, many small objects.
// test: 2 400
// interpreter: 10 1000

const NONE = 0, FORWARD = 1, BACKWARD = -1;

class Strength {
  constructor(value, name) {
    this.value = value;
    this.name = name;
  }

  next() {
    return STRENGTHS[this.value + 1];
  }
}

const STRENGTHS = ["required", "strongPreferred", "preferred", "strongDefault", "normal",
  "weakDefault", "weakest"].map((name, value) => new Strength(value, name));
const REQUIRED = STRENGTHS[0], STRONG_PREFERRED = STRENGTHS[1], PREFERRED = STRENGTHS[2];
const STRONG_DEFAULT = STRENGTHS[3], NORMAL = STRENGTHS[4], WEAKEST = STRENGTHS[6];

function stronger(a, b) {
  return a.value < b.value;
}

function weakestOf(a, b) {
  return a.value < b.value ? b : a;
}

class Variable {
  constructor(name, value) {
    this.name = name;
    this.value = value;
    this.constraints = [];
    this.determinedBy = null;
    this.mark = 0;
    this.walk = WEAKEST;
    this.stay = true;
  }

  add(constraint) {
    this.constraints.push(constraint);
  }

  remove(constraint) {
    const at = this.constraints.indexOf(constraint);
    if (at >= 0) this.constraints.splice(at, 1);
    if (this.determinedBy === constraint) this.determinedBy = null;
  }
}

class Constraint {
  constructor(strength) {
    this.strength = strength;
  }

  isInput() {
    return false;
  }

  addTo(planner) {
    this.addToGraph();
    planner.incrementalAdd(this);
  }

  destroy(planner) {
    if (this.isSatisfied()) planner.incrementalRemove(this);
    this.removeFromGraph();
  }

  satisfy(planner, mark) {
    this.chooseMethod(mark);
    if (!this.isSatisfied()) {
      if (this.strength === REQUIRED) throw new Error("a required constraint cannot be met");
      return null;
    }
    this.markInputs(mark);
    const out = this.output();
    const overridden = out.determinedBy;
    if (overridden !== null) overridden.markUnsatisfied();
    out.determinedBy = this;
    if (!planner.addPropagate(this, mark)) throw new Error("cycle");
    out.mark = mark;
    return overridden;
  }
}

class UnaryConstraint extends Constraint {
  constructor(variable, strength) {
    super(strength);
    this.variable = variable;
    this.satisfied = false;
  }

  addToGraph() {
    this.variable.add(this);
    this.satisfied = false;
  }

  removeFromGraph() {
    this.variable.remove(this);
    this.satisfied = false;
  }

  chooseMethod(mark) {
    this.satisfied = this.variable.mark !== mark && stronger(this.strength, this.variable.walk);
  }

  isSatisfied() {
    return this.satisfied;
  }

  markInputs(mark) {}

  markUnsatisfied() {
    this.satisfied = false;
  }

  output() {
    return this.variable;
  }

  recalculate() {
    this.variable.walk = this.strength;
    this.variable.stay = !this.isInput();
    if (this.variable.stay) this.execute();
  }

  inputsKnown(mark) {
    return true;
  }
}

class StayConstraint extends UnaryConstraint {
  execute() {}
}

class EditConstraint extends UnaryConstraint {
  isInput() {
    return true;
  }

  execute() {}
}

class BinaryConstraint extends Constraint {
  constructor(first, second, strength) {
    super(strength);
    this.first = first;
    this.second = second;
    this.direction = NONE;
  }

  chooseMethod(mark) {
    const { first, second, strength } = this;
    if (first.mark === mark) {
      this.direction = second.mark !== mark && stronger(strength, second.walk) ? FORWARD : NONE;
    } else if (second.mark === mark) {
      this.direction = stronger(strength, first.walk) ? BACKWARD : NONE;
    } else if (stronger(second.walk, first.walk)) {
      this.direction = stronger(strength, first.walk) ? BACKWARD : NONE;
    } else {
      this.direction = stronger(strength, second.walk) ? FORWARD : NONE;
    }
  }

  addToGraph() {
    this.first.add(this);
    this.second.add(this);
    this.direction = NONE;
  }

  removeFromGraph() {
    this.first.remove(this);
    this.second.remove(this);
    this.direction = NONE;
  }

  isSatisfied() {
    return this.direction !== NONE;
  }

  markInputs(mark) {
    this.input().mark = mark;
  }

  markUnsatisfied() {
    this.direction = NONE;
  }

  input() {
    return this.direction === FORWARD ? this.first : this.second;
  }

  output() {
    return this.direction === FORWARD ? this.second : this.first;
  }

  recalculate() {
    const input = this.input(), output = this.output();
    output.walk = weakestOf(this.strength, input.walk);
    output.stay = input.stay;
    if (output.stay) this.execute();
  }

  inputsKnown(mark) {
    const input = this.input();
    return input.mark === mark || input.stay || input.determinedBy === null;
  }
}

class EqualConstraint extends BinaryConstraint {
  execute() {
    this.output().value = this.input().value;
  }
}

class ScaleConstraint extends BinaryConstraint {
  constructor(source, scale, offset, destination, strength) {
    super(source, destination, strength);
    this.scale = scale;
    this.offset = offset;
  }

  addToGraph() {
    super.addToGraph();
    this.scale.add(this);
    this.offset.add(this);
  }

  removeFromGraph() {
    super.removeFromGraph();
    this.scale.remove(this);
    this.offset.remove(this);
  }

  markInputs(mark) {
    super.markInputs(mark);
    this.scale.mark = mark;
    this.offset.mark = mark;
  }

  execute() {
    if (this.direction === FORWARD) {
      this.second.value = this.first.value * this.scale.value + this.offset.value;
    } else {
      this.first.value = Math.trunc((this.second.value - this.offset.value) / this.scale.value);
    }
  }

  recalculate() {
    const input = this.input(), output = this.output();
    output.walk = weakestOf(this.strength, input.walk);
    output.stay = input.stay && this.scale.stay && this.offset.stay;
    if (output.stay) this.execute();
  }
}

class Planner {
  constructor() {
    this.mark = 0;
  }

  incrementalAdd(constraint) {
    const mark = ++this.mark;
    let overridden = constraint.satisfy(this, mark);
    while (overridden !== null) overridden = overridden.satisfy(this, mark);
  }

  incrementalRemove(constraint) {
    const out = constraint.output();
    constraint.markUnsatisfied();
    constraint.removeFromGraph();
    const unsatisfied = this.removePropagate(out);
    let strength = REQUIRED;
    do {
      for (let i = 0; i < unsatisfied.length; i++) {
        if (unsatisfied[i].strength === strength) this.incrementalAdd(unsatisfied[i]);
      }
      strength = strength.next();
    } while (strength !== WEAKEST);
  }

  makePlan(sources) {
    const mark = ++this.mark;
    const plan = [];
    const todo = sources;
    while (todo.length > 0) {
      const constraint = todo.pop();
      if (constraint.output().mark !== mark && constraint.inputsKnown(mark)) {
        plan.push(constraint);
        constraint.output().mark = mark;
        this.collect(constraint.output(), todo);
      }
    }
    return plan;
  }

  planFrom(constraints) {
    return this.makePlan(constraints.filter((one) => one.isInput() && one.isSatisfied()));
  }

  addPropagate(constraint, mark) {
    const todo = [constraint];
    while (todo.length > 0) {
      const one = todo.pop();
      if (one.output().mark === mark) {
        this.incrementalRemove(constraint);
        return false;
      }
      one.recalculate();
      this.collect(one.output(), todo);
    }
    return true;
  }

  removePropagate(out) {
    out.determinedBy = null;
    out.walk = WEAKEST;
    out.stay = true;
    const unsatisfied = [];
    const todo = [out];
    while (todo.length > 0) {
      const variable = todo.pop();
      for (const constraint of variable.constraints) {
        if (!constraint.isSatisfied()) unsatisfied.push(constraint);
      }
      for (const next of variable.constraints) {
        if (next !== variable.determinedBy && next.isSatisfied()) {
          next.recalculate();
          todo.push(next.output());
        }
      }
    }
    return unsatisfied;
  }

  collect(variable, list) {
    const by = variable.determinedBy;
    const constraints = variable.constraints;
    for (let i = 0; i < constraints.length; i++) {
      const one = constraints[i];
      if (one !== by && one.isSatisfied()) list.push(one);
    }
  }
}

function change(planner, variable, value) {
  const edit = new EditConstraint(variable, PREFERRED);
  edit.addTo(planner);
  const plan = planner.planFrom([edit]);
  for (let i = 0; i < 10; i++) {
    variable.value = value;
    for (let k = 0; k < plan.length; k++) plan[k].execute();
  }
  edit.destroy(planner);
}

function chainTest(length) {
  const planner = new Planner();
  let previous = null, first = null, last = null;
  for (let i = 0; i <= length; i++) {
    const variable = new Variable("v" + i, 0);
    if (previous !== null) new EqualConstraint(previous, variable, REQUIRED).addTo(planner);
    if (i === 0) first = variable;
    if (i === length) last = variable;
    previous = variable;
  }
  new StayConstraint(last, STRONG_DEFAULT).addTo(planner);
  const edit = new EditConstraint(first, PREFERRED);
  edit.addTo(planner);
  const plan = planner.planFrom([edit]);
  let sum = 0;
  for (let i = 0; i < 100; i++) {
    first.value = i;
    for (let k = 0; k < plan.length; k++) plan[k].execute();
    if (last.value !== i) throw new Error("chain: " + last.value + " is not " + i);
    sum += last.value;
  }
  return sum;
}

function projectionTest(length) {
  const planner = new Planner();
  const scale = new Variable("scale", 10);
  const offset = new Variable("offset", 1000);
  const destinations = [];
  let source = null, destination = null;
  for (let i = 0; i < length; i++) {
    source = new Variable("src", i);
    destination = new Variable("dst", i);
    destinations.push(destination);
    new StayConstraint(source, NORMAL).addTo(planner);
    new ScaleConstraint(source, scale, offset, destination, REQUIRED).addTo(planner);
  }
  change(planner, source, 17);
  if (destination.value !== 1170) throw new Error("projection 1: " + destination.value);
  change(planner, destination, 1050);
  if (source.value !== 5) throw new Error("projection 2: " + source.value);
  change(planner, scale, 5);
  for (let i = 0; i < length - 1; i++) {
    if (destinations[i].value !== i * 5 + 1000) throw new Error("projection 3");
  }
  change(planner, offset, 2000);
  let sum = 0;
  for (let i = 0; i < length - 1; i++) {
    if (destinations[i].value !== i * 5 + 2000) throw new Error("projection 4");
    sum += destinations[i].value;
  }
  return sum;
}

const rounds = Number(process.argv[2] || 60);
const length = Number(process.argv[3] || 2000);
let sum = 0;
for (let i = 0; i < rounds; i++) sum += chainTest(length) + projectionTest(length);
console.log("deltablue", rounds, length, sum, STRONG_PREFERRED.name);
