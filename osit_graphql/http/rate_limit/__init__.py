"""Token buckets and concurrency limits of requests."""
