"""Parameters inside files: written without touching a pixel or a sample, read back for rebuilds and imports.

PNG     text chunks `parameters` (infotext), `pollinations_studio` (JSON), `XML:com.adobe.xmp`
JPEG    EXIF UserComment (infotext, UNICODE), XMP with the JSON
WebP    the same two in RIFF chunks
Films and sounds: `title`, a few words, and `comment`, the JSON: the pair that every container keeps; XMP in
        MP4 (uuid box), MP3 (PRIV frame) and WAV (`_PMX` chunk), the AI mark as a field of its own in WebM,
        Ogg and FLAC, which have no place for XMP

Everything else (AVIF, GIF, AAC, AVI) keeps the service's bytes and has its sidecar alone; so has a file that
carries a C2PA manifest, whose hash covers the bytes around an insertion.

The sidecar is the truth. What is embedded is the state when the file was made: a rating or a tag given later
costs no rewriting of the file, and an export carries the values of its moment.
"""
