"""What the system is compared with: both functions as projects of this kind write them, on the same stack.

facenet-pytorch on torch, everything imported and loaded at import, one frame per message, a new record and a new
message for each. The detector and the weights are the same as ours; so are the queues, the table and the client.
"""
