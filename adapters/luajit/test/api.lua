-- The module's functions, and what may be done to it.
local jitney = require "jitney"
package.loaded.jitney = nil
assert(require "jitney" == jitney)

local function work()
    local s = 0
    for i = 1, 1000 do s = s + i % 7 end
    return s
end
local function more()
    local s = 0
    for i = 1, 1000 do s = s + i % 5 end
    return s
end

work()
assert(#jitney.codes() == 1)
local code = jitney.codes()[1]
assert(code.trace == 1 and code.func == "work" and code.file == "api.lua" and code.linktype == "loop")
assert(jitney.resolve(code.address)[1].name == code.name and jitney.resolve(1) == nil)
jit.flush()
assert(#jitney.codes() == 0 and jitney.resolve(code.address) == nil)
jit.off()
work()
assert(#jitney.codes() == 0)
jit.on()
work()
assert(#jitney.codes() == 1)
local done, note = jitney.flush()
assert(done and note:find("nothing"))

assert(jitney.stop())
more()
local before = #jitney.codes()
assert(jitney.start {record = true})
assert(#jitney.codes() >= before and #jitney.codes() >= 2)

local recording = jitney.recording
assert(recording.enabled() and recording.stop() and not recording.enabled() and recording.start())
assert(recording.set_filter "Code,Compile,Deopt" and recording.set_filter {"Code", "Compile"})
assert(not pcall(recording.set_filter, "Nothing"))
assert(#recording.get() >= 3)
assert(recording.save("saved.jtr") and not recording.save("saved.jtr"))
local events = assert(recording.load("saved.jtr"))
local loads = 0
for _, event in ipairs(events) do
    loads = loads + (event.type == "CodeLoad" and event.name:find("^TRACE_") and 1 or 0)
end
assert(loads >= 2)
assert(not recording.load("missing.jtr"))
assert(recording.reset())

-- Handlers of others still work: theirs before ours, theirs after, and taken away again.
local calls = 0
local function handler() calls = calls + 1 end
jit.attach(handler, "trace")
for i = 1, 1000 do local s = i % 3 == 0 and i or -i end
local seen, known = calls, #jitney.codes()
assert(seen > 0)
jit.attach(handler)
for i = 1, 1000 do local s = i % 4 == 0 and i or -i end
assert(calls == seen and #jitney.codes() > known)
assert(not pcall(jit.attach) and not pcall(jit.attach, 1))
assert(jitney.counters().dropped == 0)
print("fine")
