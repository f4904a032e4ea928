"""Token buckets and concurrency limits, in the process or in Redis."""
