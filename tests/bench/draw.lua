-- Asks for addresses drawn from a file, the same ones for the same seed, and tells what came of it in one line.
local asked = {}

function init(arguments)
  math.randomseed(7)
  for number = 2, #arguments do
    local name, value = arguments[number]:match("^([^:]+): (.*)$")
    wrk.headers[name] = value
  end
  for path in io.lines(arguments[1]) do
    asked[#asked + 1] = wrk.format("GET", path)
  end
end

function request()
  return asked[math.random(#asked)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "lost": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
