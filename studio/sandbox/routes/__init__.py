"""The service's routes, one module for each section of the contract."""
