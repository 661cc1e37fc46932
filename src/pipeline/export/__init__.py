"""Turns facenet-pytorch's networks into files that the functions serve without torch. The only importer of torch."""
