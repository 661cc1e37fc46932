"""One file per kind of AWS resource; each can be made, looked at, changed and removed by itself."""
