-- wrk script: cycles through the requests that `benchmarks.load` wrote, one body a line, and prints one line of JSON.
local requests, count, turn = {}, 0, 0

function init(_)
  local headers = {
    ["Content-Type"] = "application/json",
    ["Accept"] = "application/json",
    ["Authorization"] = os.getenv("AUTHORIZATION"),
  }
  for body in io.lines(os.getenv("REQUESTS")) do
    count = count + 1
    requests[count] = wrk.format("POST", "/graphql", headers, body)
  end
end

function request()
  turn = turn % count + 1
  return requests[turn]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.stdout:write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "bytes": %d, "bad": %d, "p50": %d, "p95": %d, "p99": %d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
