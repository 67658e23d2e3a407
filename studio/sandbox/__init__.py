"""A stand-in for the Pollinations service on a loopback port. Shares no code with the program."""
