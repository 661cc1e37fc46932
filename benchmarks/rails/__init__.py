"""What benchmarks.pipeline measures with: the frames, the models, and a stack with a deployment on it."""
