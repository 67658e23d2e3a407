"""The cloud over HTTP. The only package that imports httpx."""
