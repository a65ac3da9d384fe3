"""Converts units."""

KILOMETRES_PER_MILE = 1.609344


class UnitConverter:
    """Converts between kilometres and miles."""

    def to_miles(self, kilometres: float) -> float:
        return kilometres / KILOMETRES_PER_MILE

    def to_kilometres(self, miles: float) -> float:
        return miles * 1.6
