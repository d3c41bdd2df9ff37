-- Requests paths drawn from a file, the same ones for the same seed, and writes a summary in one line.
local requests = {}

function init(arguments)
  math.randomseed(7)
  for number = 2, #arguments do
    local name, value = arguments[number]:match("^([^:]+): (.*)$")
    wrk.headers[name] = value
  end
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "lost": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
