"""Reads manifests, one JSON text in each line of standard input, with the reader that clients use, and says what it made
of each: its fields as JSON, or null where it refuses."""

import json
import sys

import yaml

for line in sys.stdin:
    try:
        read = yaml.safe_load(json.loads(line))
        # What JSON cannot say (a date, half a character) is no text either; its form tells it from one.
        print(json.dumps(read, default=repr))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        print("null")
    sys.stdout.flush()
