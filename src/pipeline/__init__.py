"""What both functions, the client and the deployer share."""
