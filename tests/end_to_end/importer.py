"""Imports every picture of a folder into a library, to be killed in the middle of it.

    python importer.py LIBRARY FOLDER

Prints "ready" when the library is open and "over" at the end.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from studio.services.library import LibraryService


async def main(root: Path, folder: Path) -> None:
    service = LibraryService(root)
    await service.open()
    print("ready", flush=True)
    await service.import_files(sorted(folder.iterdir()))
    await service.close()
    print("over", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
