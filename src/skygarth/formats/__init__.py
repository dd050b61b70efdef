"""Bytes and keys: what stands in the bucket, made and parsed here and nowhere else."""
