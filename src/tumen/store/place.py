"""Where runs are kept unless a folder is named."""

from __future__ import annotations

import os
from pathlib import Path

from tumen.errors import StoreError

VARIABLE = "TUMEN_STORE"


def default_folder() -> Path:
    """What TUMEN_STORE says, or a folder among the user's own data."""
    from platformdirs import user_data_dir

    return Path(os.environ.get(VARIABLE) or Path(user_data_dir("tumen")) / "store")


def existing(folder: Path | None) -> Path:
    """The folder of a store that is there. Raises `StoreError` where there is none yet."""
    from tumen.store.runs import INDEX

    place = folder or default_folder()
    if not (place / INDEX).is_file():
        raise StoreError(
            f"{place}: there is no store of runs here; `tumen serve` makes one, --store or "
            f"{VARIABLE} names another"
        )
    return place
