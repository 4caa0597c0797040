-- Every kind of trace: loops, side traces, stitches, recursion, coroutines, and some that are given up.
local function scale(x)
    return x * 0.5 + 1
end

local function sum(n)
    local s = 0
    for i = 1, n do
        if i % 3 == 0 then
            s = s + scale(i)
        else
            s = s - 1
        end
    end
    return s
end

local function mixed(n)
    local values, s = {1, 2.5, "3"}, 0
    for i = 1, n do
        local v = values[i % 3 + 1]
        if type(v) == "string" then
            s = s + tonumber(v)
        else
            s = s + v
        end
    end
    return s
end

local function words(n)
    local count = 0
    for i = 1, n do
        local s = ("key %d"):format(i)
        if s:find("9") then
            count = count + #s:gsub("%d", "x")
        end
    end
    return count
end

local function fib(n)
    if n < 2 then
        return n
    end
    return fib(n - 1) + fib(n - 2)
end

local function nested(n)
    local t = {}
    for i = 1, n do
        t[i] = 0
        for j = 1, 20 do
            t[i] = t[i] + j * i
        end
    end
    return #t
end

local function closures(n)
    local s = 0
    for i = 1, n do
        s = s + (function() return i end)()
    end
    return s
end

local steps = coroutine.wrap(function()
    for i = 1, 1e6 do
        coroutine.yield(i)
    end
end)

local s = 0
print(sum(200000), mixed(100000), words(3000), fib(20), nested(2000), closures(2000))
for i = 1, 2000 do
    s = s + steps()
end
print(s)
-- Many small functions, each with a trace.
for i = 1, 150 do
    local f = load(("local s = 0\nfor i = 1, 200 do\n  s = s + i %% %d\nend\nreturn s"):format(i + 1),
        "=part" .. i)
    s = s + f()
end
print(s)
