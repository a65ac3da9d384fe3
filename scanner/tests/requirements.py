"""Reads requirements, one in each line of standard input, with the parser that pip carries, and says what it made of
each: the normalised name, the extras, the specifiers and whether there is a URL; or `refused`."""

import json
import sys

from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
from pip._vendor.packaging.utils import canonicalize_name

for line in sys.stdin:
    text = json.loads(line)
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        print(json.dumps(None))
        continue
    print(
        json.dumps(
            {
                "name": canonicalize_name(parsed.name),
                "extras": sorted(canonicalize_name(extra) for extra in parsed.extras),
                "url": parsed.url is not None,
                "marker": parsed.marker is not None,
                "any": not list(parsed.specifier),
            }
        )
    )
