"""Who to see for free career advice in France: the words `load`, `Profile` and `route`.

Importing this package reads no file and loads no heavy library; the names are fetched when first used.
"""

from __future__ import annotations

__version__ = "0.1.0"
