"""Deploys Facelane with boto3: small resources, a plan of what differs, and what carries the plan out."""
