"""Parameters inside picture files: written without touching a pixel, read back for a rebuild and for imports.

PNG     text chunks `parameters` (infotext), `pollinations_studio` (JSON), `XML:com.adobe.xmp`
JPEG    EXIF UserComment (infotext, UNICODE), XMP with the JSON
WebP    the same two in RIFF chunks

Everything else (AVIF, GIF, films, sounds) keeps the service's bytes and has its sidecar alone; so has a file
that carries a C2PA manifest, whose hash covers the bytes around an insertion.
"""
