"use strict";
// An operating system's scheduler in the small: an idle task, a worker, two handlers and two
// devices pass packets to one another. Objects of few shapes, many virtual calls.
// test: 20
// interpreter: 25

const IDLE = 0, WORKER = 1, HANDLER_A = 2, HANDLER_B = 3, DEVICE_A = 4, DEVICE_B = 5;
const TASKS = 6;
const KIND_DEVICE = 0, KIND_WORK = 1;
const PAYLOAD = 4;
const RUNNING = 0, RUNNABLE = 1, SUSPENDED = 2, SUSPENDED_RUNNABLE = 3, HELD = 4;

class Packet {
  constructor(link, owner, kind) {
    this.link = link;
    this.owner = owner;
    this.kind = kind;
    this.cursor = 0;
    this.data = [0, 0, 0, 0];
  }

  appendTo(queue) {
    this.link = null;
    if (queue === null) return this;
    let last = queue;
    while (last.link !== null) last = last.link;
    last.link = this;
    return queue;
  }
}

class TaskControl {
  constructor(next, id, priority, queue, task) {
    this.next = next;
    this.id = id;
    this.priority = priority;
    this.queue = queue;
    this.task = task;
    this.state = queue === null ? SUSPENDED : SUSPENDED_RUNNABLE;
  }

  isStopped() {
    return (this.state & HELD) !== 0 || this.state === SUSPENDED;
  }

  run() {
    let packet = null;
    if (this.state === SUSPENDED_RUNNABLE) {
      packet = this.queue;
      this.queue = packet.link;
      this.state = this.queue === null ? RUNNING : RUNNABLE;
    }
    return this.task.run(packet);
  }

  receive(sender, packet) {
    if (this.queue === null) {
      this.queue = packet;
      this.state = this.state | RUNNABLE;
      if (this.priority > sender.priority) return this;
    } else {
      this.queue = packet.appendTo(this.queue);
    }
    return sender;
  }
}

class Scheduler {
  constructor() {
    this.queued = 0;
    this.held = 0;
    this.table = [null, null, null, null, null, null];
    this.list = null;
    this.current = null;
    this.currentId = -1;
  }

  add(id, priority, queue, task) {
    this.list = new TaskControl(this.list, id, priority, queue, task);
    this.table[id] = this.list;
    return this.list;
  }

  schedule() {
    this.current = this.list;
    while (this.current !== null) {
      if (this.current.isStopped()) {
        this.current = this.current.next;
      } else {
        this.currentId = this.current.id;
        this.current = this.current.run();
      }
    }
  }

  release(id) {
    const control = this.table[id];
    if (control === null) return control;
    control.state = control.state & ~HELD;
    return control.priority > this.current.priority ? control : this.current;
  }

  holdCurrent() {
    this.held++;
    this.current.state = this.current.state | HELD;
    return this.current.next;
  }

  suspendCurrent() {
    this.current.state = this.current.state | SUSPENDED;
    return this.current;
  }

  send(packet) {
    const control = this.table[packet.owner];
    if (control === null) return control;
    this.queued++;
    packet.link = null;
    packet.owner = this.currentId;
    return control.receive(this.current, packet);
  }
}

class IdleTask {
  constructor(scheduler, seed, count) {
    this.scheduler = scheduler;
    this.seed = seed;
    this.count = count;
  }

  run(packet) {
    this.count--;
    if (this.count === 0) return this.scheduler.holdCurrent();
    if ((this.seed & 1) === 0) {
      this.seed = this.seed >> 1;
      return this.scheduler.release(DEVICE_A);
    }
    this.seed = (this.seed >> 1) ^ 0xD008;
    return this.scheduler.release(DEVICE_B);
  }
}

class DeviceTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.waiting = null;
  }

  run(packet) {
    if (packet === null) {
      if (this.waiting === null) return this.scheduler.suspendCurrent();
      const sent = this.waiting;
      this.waiting = null;
      return this.scheduler.send(sent);
    }
    this.waiting = packet;
    return this.scheduler.holdCurrent();
  }
}

class WorkerTask {
  constructor(scheduler, destination, seed) {
    this.scheduler = scheduler;
    this.destination = destination;
    this.letter = seed;
  }

  run(packet) {
    if (packet === null) return this.scheduler.suspendCurrent();
    this.destination = this.destination === HANDLER_A ? HANDLER_B : HANDLER_A;
    packet.owner = this.destination;
    packet.cursor = 0;
    for (let i = 0; i < PAYLOAD; i++) {
      this.letter++;
      if (this.letter > 26) this.letter = 1;
      packet.data[i] = this.letter;
    }
    return this.scheduler.send(packet);
  }
}

class HandlerTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.work = null;
    this.devices = null;
  }

  run(packet) {
    if (packet !== null) {
      if (packet.kind === KIND_WORK) this.work = packet.appendTo(this.work);
      else this.devices = packet.appendTo(this.devices);
    }
    if (this.work !== null) {
      const work = this.work;
      const cursor = work.cursor;
      if (cursor >= PAYLOAD) {
        this.work = work.link;
        return this.scheduler.send(work);
      }
      if (this.devices !== null) {
        const device = this.devices;
        this.devices = device.link;
        device.cursor = work.data[cursor];
        work.cursor = cursor + 1;
        return this.scheduler.send(device);
      }
    }
    return this.scheduler.suspendCurrent();
  }
}

function threePackets(owner, kind) {
  let queue = new Packet(null, owner, kind);
  queue = new Packet(queue, owner, kind);
  return new Packet(queue, owner, kind);
}

function runOnce(count) {
  const scheduler = new Scheduler();
  scheduler.add(IDLE, 0, null, new IdleTask(scheduler, 1, count)).state = RUNNING;
  let queue = new Packet(null, WORKER, KIND_WORK);
  queue = new Packet(queue, WORKER, KIND_WORK);
  scheduler.add(WORKER, 1000, queue, new WorkerTask(scheduler, HANDLER_A, 0));
  scheduler.add(HANDLER_A, 2000, threePackets(DEVICE_A, KIND_DEVICE), new HandlerTask(scheduler));
  scheduler.add(HANDLER_B, 3000, threePackets(DEVICE_B, KIND_DEVICE), new HandlerTask(scheduler));
  scheduler.add(DEVICE_A, 4000, null, new DeviceTask(scheduler));
  scheduler.add(DEVICE_B, 5000, null, new DeviceTask(scheduler));
  scheduler.schedule();
  return scheduler;
}

const rounds = Number(process.argv[2] || 400);
let queued = 0, held = 0;
for (let i = 0; i < rounds; i++) {
  const scheduler = runOnce(10000);
  queued += scheduler.queued;
  held += scheduler.held;
}
console.log("richards", rounds, queued / rounds, held / rounds);
